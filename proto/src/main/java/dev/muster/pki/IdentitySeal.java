package dev.muster.pki;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.PBEParameterSpec;

/**
 * Seals a node's private key for its file: PKCS#8, encrypted by PBES2 with AES-256 (RFC 5958, RFC 8018), the form that
 * other tools read too. The passphrase is a random key in base64, so few iterations do. Any thread.
 */
public final class IdentitySeal {
    static final String SEALED_KEY = "ENCRYPTED PRIVATE KEY";

    private static final String ALGORITHM = "PBEWithHmacSHA256AndAES_256";
    private static final String STANDARD_NAME = "PBES2";
    private static final int ITERATIONS = 2048;
    private static final int SALT_BYTES = 16;

    private final byte[] key;
    private final SecureRandom random;

    /** @param key a secret of 32 random bytes */
    public IdentitySeal(byte[] key, SecureRandom random) {
        this.key = key.clone();
        this.random = random;
    }

    /** The key in PEM, sealed. */
    byte[] seal(PrivateKey plain) {
        try {
            var parameters = AlgorithmParameters.getInstance(ALGORITHM);
            parameters.init(new PBEParameterSpec(bytes(), ITERATIONS, new IvParameterSpec(bytes())));
            var cipher = cipher(Cipher.ENCRYPT_MODE, parameters);
            // Under its name in the standard: the JDK's own has no object identifier.
            var named = AlgorithmParameters.getInstance(STANDARD_NAME);
            named.init(parameters.getEncoded());
            var encrypted = new EncryptedPrivateKeyInfo(named, cipher.doFinal(plain.getEncoded()));
            return Pem.block(SEALED_KEY, encrypted.getEncoded()).getBytes(StandardCharsets.US_ASCII);
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("this JVM cannot seal a private key", e);
        }
    }

    /** The sealed keys in the file that this opens, in order; there may be none. */
    List<PrivateKey> open(byte[] pem) {
        return Pem.blocks(pem, SEALED_KEY).stream()
                .map(this::openOne)
                .flatMap(Optional::stream)
                .toList();
    }

    /** Empty if another seal closed it. */
    private Optional<PrivateKey> openOne(byte[] der) {
        try {
            var sealed = new EncryptedPrivateKeyInfo(der);
            var cipher = cipher(Cipher.DECRYPT_MODE, sealed.getAlgParameters());
            return Optional.of(KeyFactory.getInstance("EC").generatePrivate(sealed.getKeySpec(cipher)));
        } catch (GeneralSecurityException | IOException e) {
            return Optional.empty();
        }
    }

    static boolean isSealed(byte[] pem) {
        return new String(pem, StandardCharsets.ISO_8859_1).contains("-----BEGIN " + SEALED_KEY);
    }

    private Cipher cipher(int mode, AlgorithmParameters parameters) throws GeneralSecurityException {
        var passphrase = Base64.getEncoder().encodeToString(key).toCharArray();
        try {
            var secret = SecretKeyFactory.getInstance(ALGORITHM).generateSecret(new PBEKeySpec(passphrase));
            var cipher = Cipher.getInstance(ALGORITHM);
            cipher.init(mode, secret, parameters);
            return cipher;
        } finally {
            Arrays.fill(passphrase, '\0');
        }
    }

    private byte[] bytes() {
        var bytes = new byte[SALT_BYTES];
        random.nextBytes(bytes);
        return bytes;
    }
}
