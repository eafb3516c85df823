package dev.muster.manager.trust;

import com.google.protobuf.ByteString;
import dev.muster.api.Cluster;
import dev.muster.api.ClusterSpec;
import dev.muster.api.ExternalCa;
import dev.muster.manager.settings.ClusterSettings;
import dev.muster.pki.CertificateAuthority;
import dev.muster.pki.CertificateRequests;
import dev.muster.pki.PeerIdentity;
import dev.muster.pki.Pem;
import dev.muster.pki.TrustRoots;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/**
 * Signs nodes' certificates with the root that the cluster has, or is moving to. Authorities outside come first where the
 * cluster has some for that root: whoever runs them wants to see all that is signed. Any thread; blocks.
 */
public final class Signers {
    private final OutsideAuthority outside;
    private final SecureRandom random;
    private final InstantSource clock;

    public Signers(OutsideAuthority outside, SecureRandom random, InstantSource clock) {
        this.outside = outside;
        this.random = random;
        this.clock = clock;
    }

    /**
     * The chain for the key in the request, leaf first, without the root; with what the former root says of it while some
     * nodes know only that one.
     *
     * @throws TrustFailure if nobody signs now
     */
    public List<X509Certificate> issue(Cluster cluster, byte[] request, PeerIdentity subject) {
        var root = cluster.getRootCa();
        var rotation = root.getRotation();
        var chain = root.hasRotation()
                ? issue(cluster.getSpec(), rotation.getCertificatePem(), rotation.getKeyPem(), request, subject)
                : issue(cluster.getSpec(), root.getCertificatePem(), root.getKeyPem(), request, subject);
        var crossed = root.hasRotation() ? rotation.getCrossSignedPem() : root.getCrossSignedPem();
        if (crossed.isEmpty()) {
            return chain;
        }
        var whole = new ArrayList<>(chain);
        whole.addAll(Pem.readCertificates(crossed.toByteArray()));
        return List.copyOf(whole);
    }

    /**
     * The same for a cluster that is about to be.
     *
     * @param keyPem empty if an authority outside has the root's key
     */
    public List<X509Certificate> issue(
            ClusterSpec spec, ByteString certificatePem, ByteString keyPem, byte[] request, PeerIdentity subject) {
        var root = certificate(certificatePem);
        var authorities = authorities(spec, root);
        if (!authorities.isEmpty()) {
            return outside(authorities, root, request, subject);
        }
        if (keyPem.isEmpty()) {
            throw TrustFailure.temporary("no external CA is known that has the key of the cluster's root certificate:"
                    + " name one with `muster swarm update --external-ca`");
        }
        return CertificateAuthority.read(certificatePem.toByteArray(), keyPem.toByteArray(), random)
                .issue(
                        CertificateRequests.read(request),
                        subject,
                        clock.instant(),
                        ClusterSettings.certificateLifetime(spec));
    }

    /** The first of them that does; what the others say is told if none does. */
    private List<X509Certificate> outside(
            List<ExternalCa> authorities, X509Certificate root, byte[] request, PeerIdentity subject) {
        var refusals = new ArrayList<String>();
        for (var authority : authorities) {
            try {
                var chain = outside.sign(authority, root, request, subject);
                check(authority, chain, root, request, subject);
                return chain;
            } catch (TrustFailure e) {
                refusals.add(e.getMessage());
            }
        }
        throw TrustFailure.temporary(String.join("; ", refusals));
    }

    private void check(
            ExternalCa authority,
            List<X509Certificate> chain,
            X509Certificate root,
            byte[] request,
            PeerIdentity subject) {
        var leaf = chain.getFirst();
        String problem;
        if (!leaf.getPublicKey().equals(CertificateRequests.read(request))) {
            problem = "for another key";
        } else if (PeerIdentity.of(leaf).filter(subject::equals).isEmpty()) {
            problem = "for " + leaf.getSubjectX500Principal() + " instead of " + subject;
        } else if (!new TrustRoots(List.of(root)).accepts(chain, clock.instant())) {
            problem = "that is not valid under the root certificate " + root.getSubjectX500Principal();
        } else {
            return;
        }
        throw TrustFailure.temporary("the external CA at " + authority.getUrl() + " signed a certificate " + problem);
    }

    /** Those that have the key of this root. */
    static List<ExternalCa> authorities(ClusterSpec spec, X509Certificate root) {
        return spec.getExternalCasList().stream()
                .filter(authority -> isOf(authority, root))
                .toList();
    }

    /** Whether an authority, as stored, has the key of this root. */
    static boolean isOf(ExternalCa authority, X509Certificate root) {
        return certificate(ByteString.copyFromUtf8(authority.getCaCertificatePem()))
                .equals(root);
    }

    static X509Certificate certificate(ByteString pem) {
        return Pem.readCertificates(pem.toByteArray()).getFirst();
    }
}
