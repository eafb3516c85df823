package dev.muster.manager.raft;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.muster.api.Sealed;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Encrypts and authenticates bytes with AES-256-GCM. The key in use is derived from a named key and a salt drawn once
 * per process (HKDF, RFC 5869), and GCM's nonce is a counter: no nonce repeats, however many managers share a key and
 * however often they start, where random nonces would be spent after 2^32 messages (NIST SP 800-38D, 8.3). Any thread.
 */
final class Sealer {
    static final int FORMAT = 1;
    static final int KEY_BYTES = 32;

    private static final int SALT_BYTES = 16;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final byte[] PURPOSE = "muster sealed 1".getBytes(StandardCharsets.US_ASCII);

    /** Derived keys kept for opening: one for each start of each manager whose entries are still read. */
    private static final int MAX_DERIVED = 256;

    private final Supplier<NamedKey> active;
    private final Function<String, Optional<NamedKey>> lookup;
    private final byte[] salt = new byte[SALT_BYTES];
    private final AtomicLong counter = new AtomicLong();
    private final Map<Derivation, SecretKey> derived = new LinkedHashMap<>(16, 0.75f, true);

    /** A key and what it is called. */
    record NamedKey(String id, ByteString key) {
        NamedKey {
            if (key.size() != KEY_BYTES) {
                throw new IllegalArgumentException("key " + id + " has " + key.size() + " bytes, not " + KEY_BYTES);
            }
        }
    }

    private record Derivation(String keyId, ByteString salt) {}

    /**
     * @param active the key to seal with
     * @param lookup the key of an id, for opening
     * @param random a secure source
     */
    Sealer(Supplier<NamedKey> active, Function<String, Optional<NamedKey>> lookup, RandomGenerator random) {
        this.active = active;
        this.lookup = lookup;
        random.nextBytes(salt);
    }

    /**
     * Seals the bytes for one place: they open only with the same place given again.
     *
     * @param place where the sealed bytes belong, so that nobody moves them elsewhere
     */
    Sealed seal(byte[] plain, byte[] place) {
        var key = active.get();
        var nonce = ByteBuffer.allocate(SALT_BYTES + NONCE_BYTES)
                .put(salt)
                .putInt(0)
                .putLong(counter.getAndIncrement())
                .array();
        var sealed = Sealed.newBuilder()
                .setFormat(FORMAT)
                .setKeyId(key.id())
                .setNonce(UnsafeByteOperations.unsafeWrap(nonce));
        try {
            var cipher = cipher(Cipher.ENCRYPT_MODE, key, nonce, place);
            return sealed.setCiphertext(UnsafeByteOperations.unsafeWrap(cipher.doFinal(plain)))
                    .build();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-256-GCM failed to encrypt", e);
        }
    }

    /** The bytes that were sealed for this place. */
    byte[] open(Sealed sealed, byte[] place) {
        if (sealed.getFormat() != FORMAT) {
            throw new RaftException("sealed bytes have format " + sealed.getFormat() + ", this manager reads " + FORMAT
                    + ": run a newer version");
        }
        if (sealed.getNonce().size() != SALT_BYTES + NONCE_BYTES) {
            throw new RaftException("sealed bytes are damaged: their nonce has "
                    + sealed.getNonce().size() + " bytes");
        }
        var key = lookup.apply(sealed.getKeyId())
                .orElseThrow(() -> new RaftException("sealed with key " + sealed.getKeyId()
                        + ", which this manager does not have; if its data directory was put together from several, let"
                        + " the manager leave and join again"));
        try {
            return cipher(Cipher.DECRYPT_MODE, key, sealed.getNonce().toByteArray(), place)
                    .doFinal(sealed.getCiphertext().toByteArray());
        } catch (GeneralSecurityException e) {
            throw new RaftException(
                    "sealed bytes do not open with key " + sealed.getKeyId() + ": they or the key are damaged", e);
        }
    }

    private Cipher cipher(int mode, NamedKey key, byte[] nonce, byte[] place) throws GeneralSecurityException {
        var cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, derive(key, nonce), new GCMParameterSpec(TAG_BITS, nonce, SALT_BYTES, NONCE_BYTES));
        cipher.updateAAD(new byte[] {FORMAT});
        cipher.updateAAD(key.id().getBytes(StandardCharsets.UTF_8));
        cipher.updateAAD(new byte[1]);
        cipher.updateAAD(place);
        return cipher;
    }

    private SecretKey derive(NamedKey key, byte[] nonce) throws GeneralSecurityException {
        var derivation = new Derivation(key.id(), ByteString.copyFrom(nonce, 0, SALT_BYTES));
        synchronized (derived) {
            @Nullable SecretKey known = derived.get(derivation);
            if (known != null) {
                return known;
            }
            var parameters = HKDFParameterSpec.ofExtract()
                    .addIKM(new SecretKeySpec(key.key().toByteArray(), "HKDF"))
                    .addSalt(derivation.salt().toByteArray())
                    .thenExpand(PURPOSE, KEY_BYTES);
            var made = KDF.getInstance("HKDF-SHA256").deriveKey("AES", parameters);
            derived.put(derivation, made);
            if (derived.size() > MAX_DERIVED) {
                derived.remove(derived.keySet().iterator().next());
            }
            return made;
        }
    }
}
