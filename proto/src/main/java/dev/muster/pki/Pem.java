package dev.muster.pki;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;

/** The PEM forms of certificates, keys and requests (RFC 7468). */
public final class Pem {
    static final String CERTIFICATE = "CERTIFICATE";
    static final String PRIVATE_KEY = "PRIVATE KEY";
    static final String REQUEST = "CERTIFICATE REQUEST";

    private static final Base64.Encoder ENCODER = Base64.getMimeEncoder(64, new byte[] {'\n'});

    private Pem() {}

    public static byte[] certificates(List<X509Certificate> certificates) {
        var text = new StringBuilder();
        for (var certificate : certificates) {
            try {
                text.append(block(CERTIFICATE, certificate.getEncoded()));
            } catch (CertificateException e) {
                throw new PkiFailure("a certificate has no encoding", e);
            }
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** At least one; anything that is not a certificate is refused. */
    public static List<X509Certificate> readCertificates(byte[] pem) {
        var found = new ArrayList<X509Certificate>();
        for (var der : blocks(pem, CERTIFICATE)) {
            found.add(certificate(der));
        }
        return List.copyOf(found);
    }

    public static byte[] privateKey(PrivateKey key) {
        return block(PRIVATE_KEY, key.getEncoded()).getBytes(StandardCharsets.US_ASCII);
    }

    /** Every PKCS#8 EC key in it, in order; at least one. */
    public static List<PrivateKey> readPrivateKeys(byte[] pem) {
        var found = new ArrayList<PrivateKey>();
        for (var der : blocks(pem, PRIVATE_KEY)) {
            try {
                found.add(KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der)));
            } catch (GeneralSecurityException e) {
                // The provider's message could quote key material: it stays out of ours.
                throw new PkiFailure("a private key is not an EC key in PKCS#8 form");
            }
        }
        return List.copyOf(found);
    }

    /** The first key in it, of a root: PKCS#8, or as OpenSSL writes EC and RSA keys; not encrypted. */
    public static PrivateKey readSigningKey(byte[] pem) {
        try (var parser =
                new PEMParser(new InputStreamReader(new ByteArrayInputStream(pem), StandardCharsets.ISO_8859_1))) {
            for (var found = parser.readObject(); found != null; found = parser.readObject()) {
                switch (found) {
                    case PrivateKeyInfo key -> {
                        return new JcaPEMKeyConverter().getPrivateKey(key);
                    }
                    case PEMKeyPair pair -> {
                        return new JcaPEMKeyConverter().getPrivateKey(pair.getPrivateKeyInfo());
                    }
                    case PEMEncryptedKeyPair _, PKCS8EncryptedPrivateKeyInfo _ ->
                        throw new PkiFailure("the key is encrypted: give it without a passphrase");
                    default -> {}
                }
            }
        } catch (IOException | RuntimeException e) {
            if (e instanceof PkiFailure failure) {
                throw failure;
            }
            // The parser's message could quote key material: it stays out of ours.
            throw new PkiFailure("a private key in PEM cannot be read");
        }
        throw new PkiFailure("no private key in PEM in " + pem.length + " bytes");
    }

    static String block(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n" + ENCODER.encodeToString(der) + "\n-----END " + label + "-----\n";
    }

    static List<byte[]> blocks(byte[] pem, String label) {
        var found = new ArrayList<byte[]>();
        var begin = "-----BEGIN " + label + "-----";
        var end = "-----END " + label + "-----";
        var text = new String(pem, StandardCharsets.ISO_8859_1);
        var from = text.indexOf(begin);
        while (from >= 0) {
            var to = text.indexOf(end, from);
            if (to < 0) {
                throw new PkiFailure("PEM block " + label + " has no end");
            }
            try {
                found.add(Base64.getMimeDecoder().decode(text.substring(from + begin.length(), to)));
            } catch (IllegalArgumentException e) {
                throw new PkiFailure("PEM block " + label + " is not base64");
            }
            from = text.indexOf(begin, to);
        }
        if (found.isEmpty()) {
            throw new PkiFailure("no PEM block " + label + " in " + pem.length + " bytes");
        }
        return found;
    }

    private static X509Certificate certificate(byte[] der) {
        try {
            var factory = CertificateFactory.getInstance("X.509");
            return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der));
        } catch (CertificateException e) {
            throw new PkiFailure("a PEM block is not an X.509 certificate", e);
        }
    }
}
