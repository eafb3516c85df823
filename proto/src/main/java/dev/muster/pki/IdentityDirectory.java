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
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A node's identity on disk: {@code swarm-root-ca.crt}, {@code swarm-node.crt} and {@code swarm-node.key} (0600) in
 * {@code STATE/certificates} (0700). One writer at a time.
 *
 * <p>Key and certificate are two files, and a crash may fall between them. So the key file first holds the new key and
 * the old one, then the certificate is replaced, then the old key goes: at every moment one key in it fits.
 */
public final class IdentityDirectory {
    private static final Set<PosixFilePermission> OWNER_FILE = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OWNER_DIRECTORY = PosixFilePermissions.fromString("rwx------");

    private final Path directory;
    private final Path rootFile;
    private final Path certificateFile;
    private final Path keyFile;

    /** Of the node whose state is in the directory. */
    public IdentityDirectory(Path state) {
        this.directory = state.resolve("certificates");
        this.rootFile = directory.resolve("swarm-root-ca.crt");
        this.certificateFile = directory.resolve("swarm-node.crt");
        this.keyFile = directory.resolve("swarm-node.key");
    }

    /** Empty if the node has none; fails if what is there cannot be used. */
    public Optional<NodeIdentity> load() {
        try {
            if (!Files.exists(certificateFile)) {
                return Optional.empty();
            }
            var chain = Pem.readCertificates(Files.readAllBytes(certificateFile));
            var roots = TrustRoots.read(Files.readAllBytes(rootFile));
            var leaf = chain.getFirst();
            for (var key : keys()) {
                if (NodeKeys.match(key, leaf.getPublicKey())) {
                    return Optional.of(new NodeIdentity(key, chain, roots));
                }
            }
            throw new PkiFailure("no key in " + keyFile + " belongs to " + certificateFile);
        } catch (NoSuchFileException e) {
            throw new PkiFailure("the node's identity is incomplete: " + e.getFile() + " is missing", e);
        } catch (IOException e) {
            throw new UncheckedIOException("could not read the node's identity in " + directory, e);
        }
    }

    /** Durable on return. */
    public void store(NodeIdentity identity) {
        try {
            Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(OWNER_DIRECTORY));
            Files.setPosixFilePermissions(directory, OWNER_DIRECTORY);
            var key = Pem.privateKey(identity.key());
            write(rootFile, identity.roots().pem());
            write(keyFile, withFormerKey(key));
            write(certificateFile, Pem.certificates(identity.chain()));
            write(keyFile, key);
        } catch (IOException e) {
            throw new UncheckedIOException("could not write the node's identity in " + directory, e);
        }
    }

    /** After this the node belongs to no cluster. */
    public void delete() {
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
        return Pem.readPrivateKeys(Files.readAllBytes(keyFile));
    }

    private byte[] withFormerKey(byte[] key) throws IOException {
        if (!Files.exists(certificateFile) || !Files.exists(keyFile)) {
            return key;
        }
        var leaf = Pem.readCertificates(Files.readAllBytes(certificateFile)).getFirst();
        for (var former : keys()) {
            if (NodeKeys.match(former, leaf.getPublicKey())) {
                var formerPem = Pem.privateKey(former);
                return ByteBuffer.allocate(key.length + formerPem.length)
                        .put(key)
                        .put(formerPem)
                        .array();
            }
        }
        return key;
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
