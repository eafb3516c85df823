package dev.muster.cli.swarm;

import dev.muster.api.BackupRequest;
import dev.muster.api.BackupResponse;
import dev.muster.api.RestoreRequest;
import dev.muster.api.RestoreResponse;
import dev.muster.cli.command.CommandFailure;
import dev.muster.cli.command.Invocation;
import dev.muster.cli.console.Question;
import dev.muster.cli.flag.Flags;
import dev.muster.cli.transport.DaemonFailure;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Set;

/** {@code swarm backup} and {@code swarm restore}. */
final class SwarmBackup {

    private static final char NONE = 0;
    private static final String STDOUT = "-";
    private static final long MEGABYTE = 1_000_000;

    private SwarmBackup() {}

    static Flags backupFlags() {
        return new Flags().quiet("Show no progress");
    }

    static Flags restoreFlags() {
        return new Flags()
                .text("advertise-addr", "Address for other nodes: IP or interface, :PORT")
                .text("data-path-addr", "Address for the containers' traffic: IP or interface")
                .text("listen-addr", NONE, "node-addr", "0.0.0.0:2377", "Address to listen on");
    }

    static int backup(Invocation invocation) {
        String name = invocation.arguments().first();
        if (name.equals(STDOUT)) {
            if (invocation.console().terminal().out()) {
                throw new CommandFailure("a backup is not for terminals: redirect it, or name a file");
            }
            receive(invocation, invocation.console().out());
            invocation.console().out().flush();
            return 0;
        }
        Path file = Path.of(name);
        Path unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
        try {
            long bytes = write(invocation, unfinished);
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            if (!invocation.is("quiet")) {
                invocation.print(file + ": " + megabytes(bytes) + ". Whoever has this file has the cluster, its secrets"
                        + " included, unless managers are locked: then it takes the unlock key, too.");
            }
            return 0;
        } catch (IOException failure) {
            throw new CommandFailure("cannot write " + file + ": " + failure);
        } catch (UncheckedIOException failure) {
            throw new CommandFailure("cannot write " + file + ": " + failure.getCause());
        } finally {
            delete(unfinished);
        }
    }

    /** On the disk when this returns. */
    private static long write(Invocation invocation, Path file) throws IOException {
        delete(file);
        var owner = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        try (FileChannel channel =
                FileChannel.open(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), owner)) {
            long bytes = receive(invocation, Channels.newOutputStream(channel));
            channel.force(true);
            return bytes;
        }
    }

    private static long receive(Invocation invocation, OutputStream out) {
        boolean tell = invocation.console().terminal().out() && !invocation.is("quiet");
        long[] bytes = new long[1];
        invocation.daemon().nodeStream("Backup", BackupRequest.getDefaultInstance(), BackupResponse.parser(), piece -> {
            try {
                piece.getData().writeTo(out);
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
            long before = bytes[0];
            bytes[0] += piece.getData().size();
            if (tell && before / MEGABYTE != bytes[0] / MEGABYTE) {
                invocation.console().out().print("\r" + megabytes(bytes[0]));
                invocation.console().out().flush();
            }
        });
        if (tell && bytes[0] >= MEGABYTE) {
            invocation.console().out().print("\r");
        }
        return bytes[0];
    }

    private static String megabytes(long bytes) {
        return "%d.%03d MB".formatted(bytes / MEGABYTE, bytes % MEGABYTE / 1000);
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException failure) {
            throw new CommandFailure("cannot delete " + file + ": " + failure);
        }
    }

    static int restore(Invocation invocation) {
        if (invocation.arguments().first().equals(STDOUT)) {
            throw new CommandFailure("the daemon reads the backup itself: name a file on its host");
        }
        Path file = Path.of(invocation.arguments().first()).toAbsolutePath().normalize();
        RestoreRequest request = RestoreRequest.newBuilder()
                .setFile(file.toString())
                .setListenAddress(invocation.text("listen-addr"))
                .setAdvertiseAddress(invocation.text("advertise-addr"))
                .setDataPathAddress(invocation.text("data-path-addr"))
                .build();
        RestoreResponse response;
        try {
            response = invocation.daemon().node("Restore", request, RestoreResponse.parser());
        } catch (DaemonFailure failure) {
            if (!failure.code().equals("unauthenticated")) {
                throw failure;
            }
            var key = Question.secret(invocation.console(), "Enter the unlock key of the backup: ")
                    .orElseThrow(() -> new CommandFailure(
                            "this terminal would show the key: give it on standard input instead (stty does not"
                                    + " work here)"));
            response = invocation
                    .daemon()
                    .node("Restore", request.toBuilder().setUnlockKey(key).build(), RestoreResponse.parser());
        }
        invocation.print("Swarm restored as of "
                + Instant.ofEpochSecond(response.getCreatedAt().getSeconds())
                + ": current node (" + response.getNodeId() + ") is now its only manager. It has "
                + response.getServices()
                + " services and " + response.getNodes() + " nodes of before; nodes that know this address come back by"
                + " themselves, others join again.");
        return 0;
    }
}
