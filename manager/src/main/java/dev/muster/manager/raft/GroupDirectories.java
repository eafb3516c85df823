package dev.muster.manager.raft;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.UUID;
import org.apache.ratis.protocol.RaftGroupId;

/**
 * Where a manager's directory holds the logs of its groups: one directory for each epoch of the cluster, of which the
 * newest counts and the others are about to go.
 */
final class GroupDirectories {
    private static final String LOG_DIRECTORY = "log";
    private static final int RADIX = 36;

    private GroupDirectories() {}

    /**
     * A cluster's id is 128 bits in base 36; its first group's is the same bits, and each epoch has another. So managers of
     * an older epoch, which may come back at any time, get no vote and no entry from those of the newer one.
     */
    static RaftGroupId groupId(String clusterId, long epoch) {
        var bits = new BigInteger(clusterId, RADIX);
        return RaftGroupId.valueOf(new UUID(bits.shiftRight(Long.SIZE).longValue(), bits.longValue() ^ epoch));
    }

    /** What Ratis is given: the groups in it are started, so it holds one. */
    static Path storage(Path directory, long epoch) {
        return directory.resolve(epoch == 0 ? LOG_DIRECTORY : LOG_DIRECTORY + "-" + Long.toUnsignedString(epoch));
    }

    /** The group's own: {@code current} with the log and {@code sm} with the snapshots. */
    static Path group(Path directory, String clusterId, long epoch) {
        return storage(directory, epoch)
                .resolve(groupId(clusterId, epoch).getUuid().toString());
    }

    static Path log(Path group) {
        return group.resolve("current");
    }

    static Path snapshots(Path group) {
        return group.resolve("sm");
    }

    /** Whether there is a log that a member can go on with. */
    static boolean hasLog(Path directory, long epoch) {
        var log = storage(directory, epoch);
        try (var groups = Files.newDirectoryStream(log)) {
            return groups.iterator().hasNext();
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            throw new RaftException("cannot list " + log + ": " + e.getMessage(), e);
        }
    }

    /** Deletes what other epochs have left. */
    static void deleteOthers(Path directory, long epoch) throws IOException {
        var own = storage(directory, epoch);
        try (var found = Files.newDirectoryStream(
                directory, path -> path.getFileName().toString().matches("log(-[0-9]+)?") && !path.equals(own))) {
            for (var other : found) {
                delete(other);
            }
        }
    }

    static void delete(Path tree) throws IOException {
        try (var found = Files.walk(tree)) {
            for (var path : found.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
