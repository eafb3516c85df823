package dev.muster.node;

import com.google.protobuf.ByteString;
import dev.muster.api.BackupResponse;
import dev.muster.api.RestoreRequest;
import dev.muster.http.RpcCode;
import dev.muster.http.RpcRoutes;
import dev.muster.manager.ManagerBackup;
import dev.muster.manager.ManagerFailure;
import dev.muster.manager.ManagerLocked;
import dev.muster.manager.ManagerNode;
import dev.muster.manager.Sources;
import dev.muster.manager.state.ReadFailedException;
import dev.muster.pki.UnlockKey;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Backups on their way out of the daemon, and into it. */
final class ClusterBackups {
    /** Large enough that framing costs nothing, small enough for many at once. */
    private static final int PIECE_BYTES = 256 * 1024;

    private ClusterBackups() {}

    /** Sends a backup in pieces. */
    static void send(ManagerNode manager, RpcRoutes.Responses<BackupResponse> responses) throws IOException {
        try (OutputStream out = new BufferedOutputStream(new Pieces(responses), PIECE_BYTES)) {
            manager.backup(out);
        } catch (ReadFailedException e) {
            throw NodeFailure.unavailable("no backup was made: " + e.getMessage());
        }
    }

    private static final class Pieces extends OutputStream {
        private final RpcRoutes.Responses<BackupResponse> responses;

        Pieces(RpcRoutes.Responses<BackupResponse> responses) {
            this.responses = responses;
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            responses.send(BackupResponse.newBuilder()
                    .setData(ByteString.copyFrom(bytes, from, length))
                    .build());
        }
    }

    /** Reads and checks all of a backup; throws {@link NodeFailure} for one that cannot be restored. */
    static ManagerBackup read(RestoreRequest request, Sources sources) {
        Path file = Path.of(request.getFile());
        if (!file.isAbsolute()) {
            throw NodeFailure.invalid("the backup's path on the daemon's host must be absolute, not " + file);
        }
        if (!Files.isRegularFile(file)) {
            throw NodeFailure.invalid("there is no backup " + file + " on the daemon's host");
        }
        Optional<UnlockKey> key = request.getUnlockKey().isEmpty()
                ? Optional.empty()
                : Optional.of(
                        UnlockKey.parse(request.getUnlockKey().strip())
                                .orElseThrow(
                                        () -> NodeFailure.invalid(
                                                "invalid unlock key: it must look like SWMKEY-1-KEY, as 'swarm unlock-key' printed it")));
        try {
            return ManagerBackup.read(file, key, sources);
        } catch (ManagerLocked e) {
            throw new NodeFailure(RpcCode.UNAUTHENTICATED, String.valueOf(e.getMessage()));
        } catch (ManagerFailure e) {
            throw NodeFailure.invalid(String.valueOf(e.getMessage()));
        }
    }
}
