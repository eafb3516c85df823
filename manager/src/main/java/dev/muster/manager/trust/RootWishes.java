package dev.muster.manager.trust;

import com.google.protobuf.ByteString;
import dev.muster.api.Cluster;
import dev.muster.api.ClusterSpec;
import dev.muster.api.ExternalCa;
import dev.muster.api.RootCa;
import dev.muster.api.RootRotation;
import dev.muster.pki.CertificateAuthority;
import dev.muster.pki.JoinToken;
import dev.muster.pki.Pem;
import dev.muster.pki.PkiFailure;
import java.net.URI;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;

/**
 * What becomes of the root when the cluster's spec changes: nothing, a rotation to another one, or the end of a rotation that
 * nobody wants any more. Blocks where an authority outside has to vouch for the new root; any thread.
 */
public final class RootWishes {
    /** What cfssl's sign call knows beside the request: which of its profiles and which of its signers. */
    private static final Set<String> OPTIONS = Set.of("profile", "label");

    private final OutsideAuthority outside;
    private final SecureRandom random;
    private final InstantSource clock;

    public RootWishes(OutsideAuthority outside, SecureRandom random, InstantSource clock) {
        this.outside = outside;
        this.random = random;
        this.clock = clock;
    }

    /** The new root, and who signs with it. */
    private record Next(X509Certificate certificate, ByteString keyPem) {}

    /**
     * The cluster with the spec that is wanted, and what it makes of the root. Keys are not in specs.
     *
     * @throws TrustFailure if what is wanted cannot be
     */
    public Cluster update(Cluster stored, ClusterSpec wanted) {
        var named = named(stored.getRootCa(), wanted);
        return stored.toBuilder()
                .setRootCa(root(stored, named))
                .setSpec(named.toBuilder().clearSigningCaKeyPem())
                .build();
    }

    /** Authorities that do not say which root's key they have are of the current one. */
    private static ClusterSpec named(RootCa root, ClusterSpec wanted) {
        var named = wanted.toBuilder();
        for (var authority : named.getExternalCasBuilderList()) {
            if (authority.getCaCertificatePem().isEmpty()) {
                authority.setCaCertificatePem(root.getCertificatePem().toStringUtf8());
            }
        }
        return named.build();
    }

    private RootCa root(Cluster stored, ClusterSpec wanted) {
        var root = stored.getRootCa();
        var updated = root.toBuilder().setForcedRotation(wanted.getCaForceRotate());
        if (wanted.getSigningCaCertificatePem().isEmpty()) {
            if (!wanted.getSigningCaKeyPem().isEmpty()) {
                throw TrustFailure.refused("the key of a new root certificate comes without the certificate");
            }
            if (wanted.getCaForceRotate() != root.getForcedRotation()) {
                var next = CertificateAuthority.create(random, clock.instant());
                updated.setRotation(rotation(stored, new Next(next.certificate(), ByteString.copyFrom(next.keyPem()))));
            }
        } else {
            signedBy(stored, wanted, updated);
        }
        checkAuthorities(wanted, updated.build());
        return updated.build();
    }

    private void signedBy(Cluster stored, ClusterSpec wanted, RootCa.Builder updated) {
        var root = stored.getRootCa();
        var next = next(wanted);
        if (next.certificate().equals(Signers.certificate(root.getCertificatePem()))) {
            // Back to where it is: what was signed by the other root meanwhile is renewed once more.
            updated.clearRotation();
            if (!next.keyPem().isEmpty()) {
                updated.setKeyPem(next.keyPem());
            }
        } else if (root.hasRotation()
                && next.certificate()
                        .equals(Signers.certificate(root.getRotation().getCertificatePem()))) {
            if (!next.keyPem().isEmpty()) {
                updated.getRotationBuilder().setKeyPem(next.keyPem());
            }
        } else {
            if (next.keyPem().isEmpty()) {
                reachable(wanted, next.certificate());
            }
            updated.setRotation(rotation(stored, next));
        }
    }

    private Next next(ClusterSpec wanted) {
        try {
            var certificate = CertificateAuthority.readRoot(
                    wanted.getSigningCaCertificatePem().toByteArray(), clock.instant());
            if (wanted.getSigningCaKeyPem().isEmpty()) {
                return new Next(certificate, ByteString.EMPTY);
            }
            var authority = CertificateAuthority.read(
                    Pem.certificates(List.of(certificate)),
                    wanted.getSigningCaKeyPem().toByteArray(),
                    random);
            return new Next(certificate, ByteString.copyFrom(authority.keyPem()));
        } catch (PkiFailure e) {
            throw TrustFailure.refused("invalid root certificate: " + e.getMessage());
        }
    }

    private RootRotation rotation(Cluster stored, Next next) {
        return RootRotation.newBuilder()
                .setCertificatePem(ByteString.copyFrom(Pem.certificates(List.of(next.certificate()))))
                .setKeyPem(next.keyPem())
                .setCrossSignedPem(ByteString.copyFrom(Pem.certificates(List.of(crossSigned(stored, next)))))
                .setWorkerTokenSecret(JoinToken.newSecret(random))
                .setManagerTokenSecret(JoinToken.newSecret(random))
                .build();
    }

    private X509Certificate crossSigned(Cluster stored, Next next) {
        var root = stored.getRootCa();
        if (!root.getKeyPem().isEmpty()) {
            return CertificateAuthority.read(
                            root.getCertificatePem().toByteArray(),
                            root.getKeyPem().toByteArray(),
                            random)
                    .crossSign(next.certificate(), clock.instant());
        }
        if (next.keyPem().isEmpty()) {
            throw TrustFailure.refused("rotating from one external CA to a different external CA is not supported:"
                    + " rotate to a root whose key the cluster has first");
        }
        return crossSignedOutside(stored, next);
    }

    private X509Certificate crossSignedOutside(Cluster stored, Next next) {
        var old = Signers.certificate(stored.getRootCa().getCertificatePem());
        var request = CertificateAuthority.read(
                        Pem.certificates(List.of(next.certificate())),
                        next.keyPem().toByteArray(),
                        random)
                .request();
        var refusals = new StringBuilder();
        for (var authority : Signers.authorities(stored.getSpec(), old)) {
            try {
                var crossed =
                        outside.crossSign(authority, old, request, CertificateAuthority.commonName(next.certificate()));
                var problem = CertificateAuthority.problemBetween(old, crossed, next.certificate());
                if (problem.isEmpty()) {
                    return crossed;
                }
                refusals.append(" (")
                        .append(authority.getUrl())
                        .append(" signed a certificate ")
                        .append(problem.get())
                        .append(')');
            } catch (TrustFailure e) {
                refusals.append(" (").append(e.getMessage()).append(')');
            }
        }
        throw TrustFailure.temporary("no external CA vouches for the new root certificate. One that has the key of the"
                + " current one must sign certificate authorities in its profile named CA" + refusals);
    }

    private void reachable(ClusterSpec wanted, X509Certificate root) {
        var refusals = new StringBuilder();
        for (var authority : Signers.authorities(wanted, root)) {
            try {
                outside.reach(authority, root);
                return;
            } catch (TrustFailure e) {
                refusals.append(": ").append(e.getMessage());
            }
        }
        throw TrustFailure.refused("there must be at least one valid, reachable external CA corresponding to the new"
                + " root certificate" + refusals);
    }

    /** Every authority is of use to this root or the next, and where a key is missing there is one. */
    private static void checkAuthorities(ClusterSpec wanted, RootCa root) {
        var current = Signers.certificate(root.getCertificatePem());
        for (var authority : wanted.getExternalCasList()) {
            checkForm(authority);
            var of = readCertificate(authority);
            if (!of.equals(current)
                    && !(root.hasRotation()
                            && of.equals(Signers.certificate(root.getRotation().getCertificatePem())))) {
                throw TrustFailure.refused("the certificate of the external CA at " + authority.getUrl()
                        + " is not the cluster's root certificate: rotate to it with `muster swarm ca --rotate"
                        + " --ca-cert FILE --external-ca …`");
            }
        }
        var signing =
                root.hasRotation() ? Signers.certificate(root.getRotation().getCertificatePem()) : current;
        var keyless = root.hasRotation()
                ? root.getRotation().getKeyPem().isEmpty()
                : root.getKeyPem().isEmpty();
        if (keyless && Signers.authorities(wanted, signing).isEmpty()) {
            throw TrustFailure.refused("there must be at least one valid, reachable external CA corresponding to the"
                    + " current CA certificate: the cluster does not have its key");
        }
    }

    private static X509Certificate readCertificate(ExternalCa authority) {
        try {
            return Signers.certificate(ByteString.copyFromUtf8(authority.getCaCertificatePem()));
        } catch (PkiFailure e) {
            throw TrustFailure.refused(
                    "the certificate of the external CA at " + authority.getUrl() + " is invalid: " + e.getMessage());
        }
    }

    private static void checkForm(ExternalCa authority) {
        if (!authority.getProtocol().equals("cfssl")) {
            throw TrustFailure.refused("unrecognized external CA protocol " + authority.getProtocol());
        }
        try {
            var uri = URI.create(authority.getUrl());
            if (!"https".equals(uri.getScheme()) || uri.getHost() == null) {
                throw TrustFailure.refused(malformed(authority));
            }
        } catch (IllegalArgumentException e) {
            throw TrustFailure.refused(malformed(authority));
        }
        for (var option : authority.getOptionsMap().keySet()) {
            if (!OPTIONS.contains(option)) {
                throw TrustFailure.refused(
                        "unknown option " + option + " of an external CA: cfssl's are label and profile");
            }
        }
    }

    private static String malformed(ExternalCa authority) {
        return "the URL of an external CA is https://HOST[:PORT]/…, not " + authority.getUrl();
    }

    /** The certificate of a root whose key an authority outside has, for a cluster that begins with it. */
    public X509Certificate outsideRoot(ClusterSpec wanted) {
        for (var authority : wanted.getExternalCasList()) {
            checkForm(authority);
            if (authority.getCaCertificatePem().isEmpty()) {
                throw TrustFailure.refused("the external CA at " + authority.getUrl() + " needs cacert=FILE: its"
                        + " certificate is to be the root of the new cluster");
            }
        }
        var roots = wanted.getExternalCasList().stream()
                .map(RootWishes::readCertificate)
                .distinct()
                .toList();
        if (roots.size() > 1) {
            throw TrustFailure.refused("the external CAs have different certificates: a cluster has one root");
        }
        try {
            return CertificateAuthority.readRoot(Pem.certificates(roots), clock.instant());
        } catch (PkiFailure e) {
            throw TrustFailure.refused("invalid root certificate: " + e.getMessage());
        }
    }
}
