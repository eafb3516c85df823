package dev.muster.manager.raft;

import dev.muster.manager.state.ClusterState;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.ratis.server.protocol.TermIndex;

/**
 * The state that a new group of one begins with: a snapshot beside the log that is not there yet. It lasts until the new
 * member leads for the first time, so that a crash at any point before loses nothing.
 */
public final class Seed {
    private static final Pattern NAME = Pattern.compile("seed-(\\d+)_(\\d+)");
    private static final String UNFINISHED = ".unfinished";
    private static final long BEFORE_ALL_TERMS = 0;

    private Seed() {}

    /**
     * Writes the seed of the epoch that the state has; it counts once the member file names that epoch.
     *
     * @param index the new log begins behind it
     */
    public static void write(Path directory, ClusterState state, long index, KeyRing keys) {
        var file = directory.resolve("seed-" + Long.toUnsignedString(state.epoch()) + "_" + index);
        var unfinished = file.resolveSibling(file.getFileName() + UNFINISHED);
        try {
            PrivateFiles.createDirectories(directory);
            SnapshotFile.write(unfinished, state, BEFORE_ALL_TERMS, index, keys.sealer(), () -> false);
            PrivateFiles.move(unfinished, file);
        } catch (IOException e) {
            throw new RaftException("cannot write the state to begin with, " + file + ": " + e.getMessage(), e);
        }
    }

    /** The seed of a group that has not begun yet; empty if there is none, or it has begun. */
    static Optional<Path> at(Path directory, long epoch) {
        return list(directory).stream()
                .filter(seed -> seed.getFileName().toString().startsWith("seed-" + Long.toUnsignedString(epoch) + "_"))
                .max(Comparator.comparingLong(seed -> place(seed).getIndex()));
    }

    /** Where the log begins that has this seed. */
    static TermIndex place(Path seed) {
        var match = NAME.matcher(seed.getFileName().toString());
        if (!match.matches()) {
            throw new IllegalArgumentException("not the name of a seed: " + seed);
        }
        return TermIndex.valueOf(BEFORE_ALL_TERMS, Long.parseLong(match.group(2)));
    }

    /** Makes it the first snapshot in a directory that holds none; on the disk when this returns. */
    static void copyTo(Path seed, Path snapshot) throws IOException {
        var unfinished = snapshot.resolveSibling(snapshot.getFileName() + UNFINISHED);
        try (var from = Files.newInputStream(seed);
                var to = PrivateFiles.create(unfinished)) {
            from.transferTo(Channels.newOutputStream(to));
            to.force(true);
        }
        PrivateFiles.move(unfinished, snapshot);
    }

    /** The group has begun: this and the logs of older epochs are of no use any more. */
    static void begun(Path directory, long epoch) throws IOException {
        if (at(directory, epoch).isEmpty()) {
            return;
        }
        GroupDirectories.deleteOthers(directory, epoch);
        for (var seed : list(directory)) {
            PrivateFiles.delete(seed);
        }
    }

    private static List<Path> list(Path directory) {
        var found = new ArrayList<Path>();
        try (var seeds = Files.newDirectoryStream(
                directory, file -> NAME.matcher(file.getFileName().toString()).matches())) {
            seeds.forEach(found::add);
            return found;
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new RaftException("cannot list " + directory + ": " + e.getMessage(), e);
        }
    }
}
