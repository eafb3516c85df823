package dev.muster.pki;

import dev.muster.api.NodeRole;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What a node proves itself with: its key, its certificate chain (leaf first) and the roots that it trusts. */
public final class NodeIdentity {
    private final PrivateKey key;
    private final List<X509Certificate> chain;
    private final TrustRoots roots;
    private final PeerIdentity subject;

    /** Refuses parts that do not belong together. */
    public NodeIdentity(PrivateKey key, List<X509Certificate> chain, TrustRoots roots) {
        if (chain.isEmpty()) {
            throw new PkiFailure("a node's identity needs a certificate");
        }
        var leaf = chain.getFirst();
        if (!NodeKeys.match(key, leaf.getPublicKey())) {
            throw new PkiFailure("the node's key does not belong to its certificate");
        }
        this.key = key;
        this.chain = List.copyOf(chain);
        this.roots = roots;
        this.subject = PeerIdentity.of(leaf)
                .orElseThrow(() -> new PkiFailure("not a node's certificate: " + leaf.getSubjectX500Principal()));
    }

    public String nodeId() {
        return subject.nodeId();
    }

    public String clusterId() {
        return subject.clusterId();
    }

    public NodeRole role() {
        return subject.role();
    }

    public PeerIdentity subject() {
        return subject;
    }

    public PrivateKey key() {
        return key;
    }

    public List<X509Certificate> chain() {
        return chain;
    }

    public X509Certificate certificate() {
        return chain.getFirst();
    }

    public TrustRoots roots() {
        return roots;
    }

    /** The same node with the same certificate, and other roots. */
    public NodeIdentity under(TrustRoots others) {
        return new NodeIdentity(key, chain, others);
    }

    /**
     * The key that its certificate is signed with, in base64 of its DER, as nodes tell it: roots may have the same name.
     * Empty if none of the certificates at hand has that key.
     */
    public Optional<String> issuerKey() {
        return Stream.concat(chain.stream().skip(1), roots.certificates().stream())
                .map(X509Certificate::getPublicKey)
                .filter(this::signed)
                .findFirst()
                .map(NodeKeys::text);
    }

    private boolean signed(PublicKey issuer) {
        try {
            certificate().verify(issuer);
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    public Instant issuedAt() {
        return certificate().getNotBefore().toInstant().plus(CertificateAuthority.BACKDATED);
    }

    public Instant expiresAt() {
        return certificate().getNotAfter().toInstant();
    }

    @Override
    public String toString() {
        return "NodeIdentity[" + subject + ", until " + expiresAt() + "]";
    }
}
