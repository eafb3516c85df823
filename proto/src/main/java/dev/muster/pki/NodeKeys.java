package dev.muster.pki;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Base64;

/** Key pairs of the cluster: ECDSA on P-256, everywhere. */
public final class NodeKeys {
    static final String SIGNATURE = "SHA256withECDSA";

    /** Order of the base point of P-256 (SEC 2, secp256r1): tells it from other 256-bit curves. */
    private static final BigInteger P256_ORDER =
            new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);

    private static final int ID_BYTES = 16;

    private NodeKeys() {}

    public static KeyPair generate(SecureRandom random) {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"), random);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new PkiFailure("this JVM cannot make P-256 keys", e);
        }
    }

    /**
     * The id of the node that joins a cluster with this key: 128 bits of a hash of both, in the form of every id. Keys
     * are random, so ids are; and who asks twice with the same key is the same node.
     */
    public static String nodeId(PublicKey key, String clusterId) {
        try {
            var sha256 = MessageDigest.getInstance("SHA-256");
            sha256.update(clusterId.getBytes(StandardCharsets.UTF_8));
            sha256.update((byte) 0);
            return Base36.encode(Arrays.copyOf(sha256.digest(key.getEncoded()), ID_BYTES), Base36.WIDTH_128);
        } catch (NoSuchAlgorithmException e) {
            throw new PkiFailure("this JVM has no SHA-256", e);
        }
    }

    /** A public key as text: base64 of its DER. */
    public static String text(PublicKey key) {
        return Base64.getEncoder().encodeToString(key.getEncoded());
    }

    /** How a key signs: nodes' keys are on P-256, a root that the user brought may have another. */
    static String signature(PrivateKey key) {
        if (key instanceof ECPrivateKey ec) {
            return ec.getParams().getOrder().bitLength() > 256 ? "SHA384withECDSA" : SIGNATURE;
        }
        if (key.getAlgorithm().equals("RSA")) {
            return "SHA256withRSA";
        }
        throw new PkiFailure("a root's key is ECDSA or RSA, not " + key.getAlgorithm());
    }

    static boolean isP256(PublicKey key) {
        return key instanceof ECPublicKey ec && ec.getParams().getOrder().equals(P256_ORDER);
    }

    /** Whether the two belong together. */
    static boolean match(PrivateKey key, PublicKey publicKey) {
        try {
            var probe = "muster".getBytes(StandardCharsets.US_ASCII);
            var signer = Signature.getInstance(signature(key));
            signer.initSign(key);
            signer.update(probe);
            var verifier = Signature.getInstance(signature(key));
            verifier.initVerify(publicKey);
            verifier.update(probe);
            return verifier.verify(signer.sign());
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
