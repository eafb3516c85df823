package dev.muster.manager.raft;

import dev.muster.manager.state.ClusterState;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.SnapshotRetentionPolicy;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.jspecify.annotations.Nullable;

/**
 * The snapshots of this manager: files {@code snapshot.TERM_INDEX} in the directory that Ratis gives, where those that a
 * leader sends arrive too. A file has its name only when all of it is on the disk. Any thread.
 */
final class SnapshotStorage implements StateMachineStorage {
    private static final Pattern NAME = Pattern.compile("snapshot\\.(\\d+)_(\\d+)");
    private static final String UNFINISHED = ".unfinished";

    private final Optional<Path> seed;
    private @Nullable Path directory;

    /**
     * @param seed what a group begins with that has neither log nor snapshot yet
     */
    SnapshotStorage(Optional<Path> seed) {
        this.seed = seed;
    }

    @Override
    public synchronized void init(RaftStorage storage) throws IOException {
        directory = storage.getStorageDir().getStateMachineDir().toPath();
        PrivateFiles.createDirectories(directory);
        try (var files = Files.newDirectoryStream(directory, "*" + UNFINISHED)) {
            for (var file : files) {
                Files.delete(file);
            }
        }
        if (seed.isPresent() && newestIn(directory).isEmpty()) {
            Seed.copyTo(seed.get(), directory.resolve(name(Seed.place(seed.get()))));
        }
    }

    private static String name(TermIndex at) {
        return "snapshot." + at.getTerm() + "_" + at.getIndex();
    }

    @Override
    public void format() {
        // Nothing to prepare: the directory is empty.
    }

    /** The newest snapshot; null if there is none, as Ratis has it. */
    @Override
    public @Nullable SnapshotInfo getLatestSnapshot() {
        return latest().map(SnapshotStorage::toInfo).orElse(null);
    }

    /** The file of the newest snapshot. */
    Optional<Path> latest() {
        return newestIn(directory());
    }

    static Optional<Path> newestIn(Path directory) {
        var found = list(directory);
        return found.isEmpty() ? Optional.empty() : Optional.of(found.getLast());
    }

    /** The index of the oldest snapshot; -1 if there is none. */
    static long oldestIn(Path directory) {
        var found = Files.isDirectory(directory) ? list(directory) : List.<Path>of();
        return found.isEmpty() ? -1 : position(found.getFirst()).getIndex();
    }

    /**
     * Writes a snapshot; when this returns it is the newest, on the disk, and the older ones are gone, but for as many as
     * the cluster wants kept.
     */
    Path write(ClusterState state, TermIndex at, Sealer sealer, BooleanSupplier cancelled) throws IOException {
        var file = directory().resolve(name(at));
        var unfinished = file.resolveSibling(file.getFileName() + UNFINISHED);
        try {
            SnapshotFile.write(unfinished, state, at.getTerm(), at.getIndex(), sealer, cancelled);
            PrivateFiles.move(unfinished, file);
        } catch (IOException e) {
            Files.deleteIfExists(unfinished);
            throw e;
        }
        removeOlder(state.cluster()
                .map(cluster -> cluster.getSpec().getKeepOldSnapshots())
                .orElse(0L));
        return file;
    }

    /** The newest one is all that is needed: the log before it is purged. Ratis' own digests beside it go too. */
    private void removeOlder(long kept) throws IOException {
        var found = list(directory());
        for (var old : found.subList(0, (int) Math.max(0, found.size() - 1 - kept))) {
            Files.deleteIfExists(old);
            Files.deleteIfExists(old.resolveSibling(old.getFileName() + ".md5"));
        }
    }

    @Override
    public void cleanupOldSnapshots(SnapshotRetentionPolicy policy) {
        // Done when one is written.
    }

    private synchronized Path directory() {
        if (directory == null) {
            throw new IllegalStateException("used before Ratis said where");
        }
        return directory;
    }

    /** Oldest first. */
    private static List<Path> list(Path directory) {
        var found = new ArrayList<Path>();
        try (var files = Files.newDirectoryStream(
                directory, file -> NAME.matcher(name(file)).matches())) {
            files.forEach(found::add);
        } catch (IOException e) {
            throw new RaftException("cannot list the snapshots in " + directory + ": " + e.getMessage(), e);
        }
        found.sort(Comparator.comparingLong(file -> position(file).getIndex()));
        return found;
    }

    static TermIndex position(Path file) {
        var match = NAME.matcher(name(file));
        if (!match.matches()) {
            throw new IllegalArgumentException("not the name of a snapshot: " + file);
        }
        return TermIndex.valueOf(Long.parseLong(match.group(1)), Long.parseLong(match.group(2)));
    }

    private static SnapshotInfo toInfo(Path file) {
        // Without a digest: Ratis computes it as it sends the file, and the file has its own inside.
        return new SingleFileSnapshotInfo(new FileInfo(file, null), position(file));
    }

    private static String name(Path file) {
        return new File(file.toString()).getName();
    }
}
