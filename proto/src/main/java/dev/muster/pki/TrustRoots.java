package dev.muster.pki;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.stream.Collectors;

/** The root certificates that a node trusts: one, or several while the cluster moves from one to the next. */
public record TrustRoots(List<X509Certificate> certificates) {
    /** Leaf and at most a few cross-signed intermediates: longer chains are refused unread. */
    private static final int MAX_CHAIN = 5;

    public TrustRoots {
        certificates = List.copyOf(certificates);
        if (certificates.isEmpty()) {
            throw new PkiFailure("a node must trust at least one root certificate");
        }
    }

    public static TrustRoots read(byte[] pem) {
        return new TrustRoots(Pem.readCertificates(pem));
    }

    public byte[] pem() {
        return Pem.certificates(certificates);
    }

    /** SHA-256 of the certificates' DER, as join tokens carry it: 50 digits in base 36. */
    public String digest() {
        try {
            var sha256 = MessageDigest.getInstance("SHA-256");
            for (var certificate : certificates) {
                sha256.update(certificate.getEncoded());
            }
            return Base36.encode(sha256.digest(), Base36.WIDTH_256);
        } catch (NoSuchAlgorithmException | CertificateException e) {
            throw new PkiFailure("could not hash the root certificate", e);
        }
    }

    /** The node that the chain (leaf first) speaks for; fails unless the chain ends in a root and is valid now. */
    PeerIdentity verify(List<X509Certificate> chain, Instant now) throws CertificateException {
        if (chain.isEmpty() || chain.size() > MAX_CHAIN) {
            throw new CertificateException("a chain of " + chain.size() + " certificates");
        }
        var path = new ArrayList<>(chain);
        path.removeIf(certificates::contains);
        if (path.isEmpty()) {
            throw new CertificateException("a root certificate is not a node's");
        }
        var leaf = path.getFirst();
        if (leaf.getBasicConstraints() >= 0) {
            throw new CertificateException("a certificate authority's certificate is not a node's");
        }
        var identity = PeerIdentity.of(leaf);
        if (identity.isEmpty()) {
            throw new CertificateException("not a node's certificate: " + leaf.getSubjectX500Principal());
        }
        validate(path, identity.get(), now);
        return identity.get();
    }

    /**
     * The leaf itself, or it with as many of the others as it takes: while the cluster moves from one root to the next,
     * the chain holds what the old one says of the new one, which those who know the new one need not hear.
     */
    private void validate(List<X509Certificate> path, PeerIdentity identity, Instant now) throws CertificateException {
        try {
            var anchors = certificates.stream()
                    .map(root -> new TrustAnchor(root, null))
                    .collect(Collectors.toSet());
            var parameters = new PKIXParameters(anchors);
            // Removed nodes are refused by id at every call: there are no revocation lists.
            parameters.setRevocationEnabled(false);
            parameters.setDate(Date.from(now));
            var factory = CertificateFactory.getInstance("X.509");
            var validator = CertPathValidator.getInstance("PKIX");
            for (var length = 1; ; length++) {
                try {
                    validator.validate(factory.generateCertPath(path.subList(0, length)), parameters);
                    return;
                } catch (CertPathValidatorException e) {
                    if (length == path.size()) {
                        throw new CertificateException(
                                "the certificate of node " + identity.nodeId() + " is not valid here: "
                                        + e.getMessage(),
                                e);
                    }
                }
            }
        } catch (CertificateException e) {
            throw e;
        } catch (GeneralSecurityException e) {
            throw new CertificateException("could not check a certificate", e);
        }
    }

    /** Whether the chain (leaf first) is that of a node under these roots. */
    public boolean accepts(List<X509Certificate> chain, Instant now) {
        try {
            verify(chain, now);
            return true;
        } catch (CertificateException e) {
            return false;
        }
    }
}
