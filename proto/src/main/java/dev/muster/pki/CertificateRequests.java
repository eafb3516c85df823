package dev.muster.pki;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/**
 * Certificate signing requests (PKCS#10). Only their key counts: the subject of the certificate is what the manager
 * decides, never what the request asks for.
 */
public final class CertificateRequests {
    /** Larger requests are refused unread: a P-256 request is about 400 bytes of PEM. */
    public static final int MAX_PEM_BYTES = 16 * 1024;

    private CertificateRequests() {}

    public static byte[] create(KeyPair keys, SecureRandom random) {
        var name = new X500NameBuilder(BCStyle.INSTANCE)
                .addRDN(BCStyle.CN, "muster-node")
                .build();
        return create(name, keys.getPublic(), keys.getPrivate(), random);
    }

    static byte[] create(X500Name name, PublicKey publicKey, PrivateKey key, SecureRandom random) {
        try {
            var signer = new JcaContentSignerBuilder(NodeKeys.signature(key))
                    .setSecureRandom(random)
                    .build(key);
            var request = new JcaPKCS10CertificationRequestBuilder(name, publicKey).build(signer);
            return Pem.block(Pem.REQUEST, request.getEncoded()).getBytes(StandardCharsets.US_ASCII);
        } catch (OperatorCreationException | IOException e) {
            throw new PkiFailure("could not build a certificate request", e);
        }
    }

    /** The requested key, after checking that the sender owns it, and that it is on P-256. */
    public static PublicKey read(byte[] pem) {
        if (pem.length > MAX_PEM_BYTES) {
            throw new PkiFailure("a certificate request of " + pem.length + " bytes is too large");
        }
        try {
            var request = new JcaPKCS10CertificationRequest(
                    Pem.blocks(pem, Pem.REQUEST).getFirst());
            var key = request.getPublicKey();
            if (!NodeKeys.isP256(key)) {
                throw new PkiFailure("a node's key must be ECDSA on P-256");
            }
            if (!request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
                throw new PkiFailure("the certificate request is not signed by its own key");
            }
            return key;
        } catch (IOException | GeneralSecurityException | OperatorCreationException | PKCSException e) {
            throw new PkiFailure("not a certificate request: " + e.getMessage(), e);
        }
    }
}
