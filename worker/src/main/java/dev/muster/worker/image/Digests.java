package dev.muster.worker.image;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/** Content addresses: "sha256:…". */
final class Digests {

    private static final Pattern FORM = Pattern.compile("sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}");

    private Digests() {}

    static boolean wellFormed(String text) {
        return FORM.matcher(text).matches();
    }

    /** @param algorithm sha256 or sha512 */
    static String of(byte[] bytes, String algorithm) {
        try {
            MessageDigest digest = MessageDigest.getInstance(algorithm.equals("sha512") ? "SHA-512" : "SHA-256");
            return algorithm + ":" + HexFormat.of().formatHex(digest.digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256 and SHA-512", e);
        }
    }

    /** The name of the file system that the first {@code count} layers make (OCI image specification, "ChainID"). */
    static String chainId(List<String> diffIds, int count) {
        String chain = diffIds.getFirst();
        for (int layer = 1; layer < count; layer++) {
            chain = of((chain + " " + diffIds.get(layer)).getBytes(StandardCharsets.UTF_8), "sha256");
        }
        return chain;
    }
}
