package dev.muster.pki;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x500.style.IETFUtils;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * The cluster's root: its certificate and the key that signs node certificates. Immutable, safe for any thread.
 *
 * <p>The stored form is {@code dev.muster.api.RootCa}; the key never leaves a manager.
 */
public final class CertificateAuthority {
    /** Certificates start this much before now: clocks of hosts differ. */
    public static final Duration BACKDATED = Duration.ofHours(1);

    /** Lifetime of a node's certificate unless the cluster says otherwise. */
    public static final Duration DEFAULT_LIFETIME = Duration.ofDays(90);

    /** Twenty years of 365 days, as swarm's root. */
    private static final Duration ROOT_LIFETIME = Duration.ofDays(20 * 365);

    /** A new root must live at least this long: nodes' certificates are to be renewed under it. */
    public static final Duration SHORTEST_ROOT_LIFETIME = Duration.ofDays(365);

    private static final String ROOT_NAME = "swarm-ca";
    private static final int SERIAL_BITS = 159;

    private final X509Certificate certificate;
    private final PrivateKey key;
    private final SecureRandom random;

    private CertificateAuthority(X509Certificate certificate, PrivateKey key, SecureRandom random) {
        this.certificate = certificate;
        this.key = key;
        this.random = random;
    }

    /** A new root. */
    public static CertificateAuthority create(SecureRandom random, Instant now) {
        var keys = NodeKeys.generate(random);
        var name = new X500NameBuilder(BCStyle.INSTANCE)
                .addRDN(BCStyle.CN, ROOT_NAME)
                .build();
        var builder = new JcaX509v3CertificateBuilder(
                name,
                serial(random),
                Date.from(now.minus(BACKDATED)),
                Date.from(now.plus(ROOT_LIFETIME)),
                name,
                keys.getPublic());
        try {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(1))
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign))
                    .addExtension(
                            Extension.subjectKeyIdentifier,
                            false,
                            new JcaX509ExtensionUtils().createSubjectKeyIdentifier(keys.getPublic()));
        } catch (CertIOException | GeneralSecurityException e) {
            throw new PkiFailure("could not build the root certificate", e);
        }
        return new CertificateAuthority(sign(builder, keys.getPrivate(), random), keys.getPrivate(), random);
    }

    /** The root as stored; refuses a key that is not the certificate's. */
    public static CertificateAuthority read(byte[] certificatePem, byte[] keyPem, SecureRandom random) {
        var certificate = Pem.readCertificates(certificatePem).getFirst();
        var key = Pem.readSigningKey(keyPem);
        if (!NodeKeys.match(key, certificate.getPublicKey())) {
            throw new PkiFailure("the root key does not belong to the root certificate");
        }
        return new CertificateAuthority(certificate, key, random);
    }

    public X509Certificate certificate() {
        return certificate;
    }

    public TrustRoots roots() {
        return new TrustRoots(List.of(certificate));
    }

    public byte[] certificatePem() {
        return Pem.certificates(List.of(certificate));
    }

    public byte[] keyPem() {
        return Pem.privateKey(key);
    }

    /** A certificate for the key of a request, leaf first, without the root; valid from an hour ago until now + lifetime. */
    public List<X509Certificate> issue(PublicKey nodeKey, PeerIdentity subject, Instant now, Duration lifetime) {
        if (!lifetime.isPositive()) {
            throw new IllegalArgumentException("a certificate must live for some time, not " + lifetime);
        }
        var name = new X500NameBuilder(BCStyle.INSTANCE)
                .addRDN(BCStyle.O, subject.clusterId())
                .addRDN(BCStyle.OU, subject.unit())
                .addRDN(BCStyle.CN, subject.nodeId())
                .build();
        var builder = new JcaX509v3CertificateBuilder(
                X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded()),
                serial(random),
                Date.from(now.minus(BACKDATED)),
                Date.from(now.plus(lifetime)),
                name,
                nodeKey);
        try {
            var identifiers = new JcaX509ExtensionUtils();
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
                    .addExtension(
                            Extension.keyUsage,
                            true,
                            new KeyUsage(KeyUsage.digitalSignature | KeyUsage.keyEncipherment))
                    .addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(new KeyPurposeId[] {
                        KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
                    }))
                    .addExtension(
                            Extension.subjectKeyIdentifier, false, identifiers.createSubjectKeyIdentifier(nodeKey))
                    .addExtension(
                            Extension.authorityKeyIdentifier,
                            false,
                            identifiers.createAuthorityKeyIdentifier(certificate.getPublicKey()))
                    .addExtension(Extension.subjectAlternativeName, false, generalNames(subject));
        } catch (CertIOException | GeneralSecurityException e) {
            throw new PkiFailure("could not build the certificate of node " + subject.nodeId(), e);
        }
        return List.of(sign(builder, key, random));
    }

    /**
     * Another root's name and key under this root: with it, certificates that the other one signs are valid for those
     * who know only this one.
     */
    public X509Certificate crossSign(X509Certificate other, Instant now) {
        var until = other.getNotAfter().toInstant();
        var end = certificate.getNotAfter().toInstant();
        var builder = new JcaX509v3CertificateBuilder(
                X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded()),
                serial(random),
                Date.from(now.minus(BACKDATED)),
                Date.from(until.isBefore(end) ? until : end),
                X500Name.getInstance(other.getSubjectX500Principal().getEncoded()),
                other.getPublicKey());
        try {
            var identifiers = new JcaX509ExtensionUtils();
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true))
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign))
                    .addExtension(
                            Extension.subjectKeyIdentifier,
                            false,
                            identifiers.createSubjectKeyIdentifier(other.getPublicKey()))
                    .addExtension(
                            Extension.authorityKeyIdentifier,
                            false,
                            identifiers.createAuthorityKeyIdentifier(certificate.getPublicKey()));
        } catch (CertIOException | GeneralSecurityException e) {
            throw new PkiFailure("could not build the certificate between two roots", e);
        }
        return sign(builder, key, random);
    }

    /**
     * What keeps a certificate that somebody else made from standing between two roots; empty if it can.
     *
     * @param crossed what the old root says of the new one
     */
    public static Optional<String> problemBetween(X509Certificate old, X509Certificate crossed, X509Certificate next) {
        if (!crossed.getPublicKey().equals(next.getPublicKey())) {
            return Optional.of("for another key");
        }
        if (!crossed.getSubjectX500Principal().equals(next.getSubjectX500Principal())) {
            return Optional.of(
                    "for " + crossed.getSubjectX500Principal() + " instead of " + next.getSubjectX500Principal());
        }
        if (crossed.getBasicConstraints() < 0) {
            return Optional.of("that is not one of a certificate authority");
        }
        try {
            crossed.verify(old.getPublicKey());
            return Optional.empty();
        } catch (GeneralSecurityException e) {
            return Optional.of("that the cluster's root has not signed");
        }
    }

    /** A root's common name; empty if it has none. */
    public static String commonName(X509Certificate certificate) {
        var names = X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded())
                .getRDNs(BCStyle.CN);
        return names.length == 0
                ? ""
                : IETFUtils.valueToString(names[0].getFirst().getValue());
    }

    /** A request for the root's own name and key, for an authority outside that is to vouch for it. */
    public byte[] request() {
        return CertificateRequests.create(
                X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded()),
                certificate.getPublicKey(),
                key,
                random);
    }

    /**
     * A certificate that is to be the root of a cluster, from a user.
     *
     * @throws PkiFailure if it cannot be one; the message is for the user
     */
    public static X509Certificate readRoot(byte[] pem, Instant now) {
        var certificates = Pem.readCertificates(pem);
        if (certificates.size() > 1) {
            throw new PkiFailure("a root is one certificate, not " + certificates.size());
        }
        var root = certificates.getFirst();
        if (root.getBasicConstraints() < 1) {
            throw new PkiFailure(
                    root.getBasicConstraints() < 0
                            ? "it is not the certificate of a certificate authority"
                            : "its path length of 0 leaves no room for the next rotation of the root");
        }
        try {
            root.verify(root.getPublicKey());
        } catch (GeneralSecurityException e) {
            throw new PkiFailure("it is not signed by its own key: a root is");
        }
        if (root.getNotBefore().toInstant().isAfter(now)) {
            throw new PkiFailure("it is not valid before " + root.getNotBefore().toInstant());
        }
        if (root.getNotAfter().toInstant().isBefore(now.plus(SHORTEST_ROOT_LIFETIME))) {
            throw new PkiFailure("it must be valid for at least one year from now, not until "
                    + root.getNotAfter().toInstant());
        }
        return root;
    }

    /** A complete identity made where the root is: that of a cluster's first manager. */
    public NodeIdentity selfIssue(PeerIdentity subject, Instant now, Duration lifetime) {
        KeyPair keys = NodeKeys.generate(random);
        return new NodeIdentity(keys.getPrivate(), issue(keys.getPublic(), subject, now, lifetime), roots());
    }

    /** The names in a node's certificate beside its subject. */
    public static List<String> alternativeNames(PeerIdentity subject) {
        return subject.unit().equals(PeerIdentity.MANAGER_UNIT)
                ? List.of(subject.unit(), subject.nodeId(), ROOT_NAME)
                : List.of(subject.unit(), subject.nodeId());
    }

    private static GeneralNames generalNames(PeerIdentity subject) {
        return new GeneralNames(alternativeNames(subject).stream()
                .map(name -> new GeneralName(GeneralName.dNSName, name))
                .toArray(GeneralName[]::new));
    }

    private static BigInteger serial(SecureRandom random) {
        return new BigInteger(SERIAL_BITS, random).setBit(0);
    }

    private static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey key, SecureRandom random) {
        try {
            var signer = new JcaContentSignerBuilder(NodeKeys.signature(key))
                    .setSecureRandom(random)
                    .build(key);
            return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
        } catch (OperatorCreationException | GeneralSecurityException e) {
            throw new PkiFailure("could not sign a certificate", e);
        }
    }
}
