package dev.muster.pki;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A node's identity on disk: {@code swarm-root-ca.crt}, {@code swarm-node.crt} and {@code swarm-node.key} (0600) in
 * {@code STATE/certificates} (0700). One writer at a time.
 *
 * <p>Key and certificate are two files, and a crash may fall between them. So the key file first holds the new key and
 * the old one, then the certificate is replaced, then the old key goes: at every moment one key in it fits. While
 * managers are locked, the keys in it are sealed ({@link #seal}). Any thread.
 */
public final class IdentityDirectory {
    private static final Set<PosixFilePermission> OWNER_FILE = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OWNER_DIRECTORY = PosixFilePermissions.fromString("rwx------");

    private final Path directory;
    private final Path rootFile;
    private final Path certificateFile;
    private final Path keyFile;
    private Optional<IdentitySeal> opener = Optional.empty();
    private boolean sealing;

    /** Of the node whose state is in the directory. */
    public IdentityDirectory(Path state) {
        this.directory = state.resolve("certificates");
        this.rootFile = directory.resolve("swarm-root-ca.crt");
        this.certificateFile = directory.resolve("swarm-node.crt");
        this.keyFile = directory.resolve("swarm-node.key");
    }

    /** Who the node is, which can be read while its key is sealed; empty if it has no identity. */
    public synchronized Optional<PeerIdentity> subject() {
        try {
            return Files.exists(certificateFile)
                    ? PeerIdentity.of(Pem.readCertificates(Files.readAllBytes(certificateFile))
                            .getFirst())
                    : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("could not read the node's certificate in " + directory, e);
        }
    }

    /** What opens the key's file if it is sealed. */
    public synchronized void openWith(IdentitySeal seal) {
        opener = Optional.of(seal);
    }

    /**
     * Seals the node's key from now on, what is in the file too, or, without a seal, no longer. Durable on return; often
     * called with what is already so.
     */
    public synchronized void seal(Optional<IdentitySeal> seal) {
        try {
            if (!Files.exists(certificateFile)) {
                adopt(seal);
                return;
            }
            var pem = Files.readAllBytes(keyFile);
            boolean sealed = IdentitySeal.isSealed(pem);
            if (sealed == seal.isPresent()
                    && (!sealed || !seal.orElseThrow().open(pem).isEmpty())) {
                adopt(seal);
                return;
            }
            var fitting = fitting(
                            keys(),
                            Pem.readCertificates(Files.readAllBytes(certificateFile))
                                    .getFirst())
                    .orElseThrow(() -> new PkiFailure("no key in " + keyFile + " belongs to " + certificateFile));
            write(keyFile, seal.map(with -> with.seal(fitting)).orElseGet(() -> Pem.privateKey(fitting)));
            adopt(seal);
        } catch (IOException e) {
            throw new UncheckedIOException("could not write the node's key in " + directory, e);
        }
    }

    private void adopt(Optional<IdentitySeal> seal) {
        opener = seal;
        sealing = seal.isPresent();
    }

    /** Empty if the node has none; fails if what is there cannot be used. */
    public synchronized Optional<NodeIdentity> load() {
        try {
            if (!Files.exists(certificateFile)) {
                return Optional.empty();
            }
            var chain = Pem.readCertificates(Files.readAllBytes(certificateFile));
            var roots = TrustRoots.read(Files.readAllBytes(rootFile));
            var leaf = chain.getFirst();
            var keys = keys();
            sealing = IdentitySeal.isSealed(Files.readAllBytes(keyFile));
            return Optional.of(fitting(keys, leaf)
                    .map(key -> new NodeIdentity(key, chain, roots))
                    .orElseThrow(() -> new PkiFailure("no key in " + keyFile + " belongs to " + certificateFile)));
        } catch (NoSuchFileException e) {
            throw new PkiFailure("the node's identity is incomplete: " + e.getFile() + " is missing", e);
        } catch (IOException e) {
            throw new UncheckedIOException("could not read the node's identity in " + directory, e);
        }
    }

    /** Durable on return. */
    public synchronized void store(NodeIdentity identity) {
        try {
            Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(OWNER_DIRECTORY));
            Files.setPosixFilePermissions(directory, OWNER_DIRECTORY);
            var key = pem(identity.key());
            write(rootFile, identity.roots().pem());
            write(keyFile, withFormerKey(key));
            write(certificateFile, Pem.certificates(identity.chain()));
            write(keyFile, key);
        } catch (IOException e) {
            throw new UncheckedIOException("could not write the node's identity in " + directory, e);
        }
    }

    /** After this the node belongs to no cluster. */
    public synchronized void delete() {
        adopt(Optional.empty());
        try {
            // The certificate goes first: without it there is no identity, whatever else is left.
            Files.deleteIfExists(certificateFile);
            Files.deleteIfExists(keyFile);
            Files.deleteIfExists(rootFile);
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("could not remove the node's identity in " + directory, e);
        }
    }

    private List<PrivateKey> keys() throws IOException {
        var pem = Files.readAllBytes(keyFile);
        if (!IdentitySeal.isSealed(pem)) {
            return Pem.readPrivateKeys(pem);
        }
        return opener.map(seal -> seal.open(pem))
                .filter(keys -> !keys.isEmpty())
                .orElseThrow(() -> new PkiFailure("the node's key in " + keyFile + " is sealed, and the manager's keys"
                        + " beside it, which open it, are lost or not this manager's: leave by force and join again"));
    }

    private static Optional<PrivateKey> fitting(List<PrivateKey> keys, X509Certificate leaf) {
        return keys.stream()
                .filter(key -> NodeKeys.match(key, leaf.getPublicKey()))
                .findFirst();
    }

    private byte[] pem(PrivateKey key) {
        return sealing ? opener.orElseThrow().seal(key) : Pem.privateKey(key);
    }

    private byte[] withFormerKey(byte[] key) throws IOException {
        if (!Files.exists(certificateFile) || !Files.exists(keyFile)) {
            return key;
        }
        var leaf = Pem.readCertificates(Files.readAllBytes(certificateFile)).getFirst();
        return fitting(keys(), leaf)
                .map(former -> {
                    var formerPem = pem(former);
                    return ByteBuffer.allocate(key.length + formerPem.length)
                            .put(key)
                            .put(formerPem)
                            .array();
                })
                .orElse(key);
    }

    private void write(Path target, byte[] content) throws IOException {
        var beside = target.resolveSibling(target.getFileName() + ".new");
        Files.deleteIfExists(beside);
        try (var file = FileChannel.open(
                beside,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(OWNER_FILE))) {
            var buffer = ByteBuffer.wrap(content);
            while (buffer.hasRemaining()) {
                file.write(buffer);
            }
            file.force(true);
        }
        Files.move(beside, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (var parent = FileChannel.open(directory, StandardOpenOption.READ)) {
            parent.force(true);
        }
    }
}
