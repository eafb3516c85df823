package dev.muster.manager.raft;

import dev.muster.api.LogEntry;
import dev.muster.manager.state.ClusterReducer;
import dev.muster.manager.state.ClusterState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.raftlog.segmented.LogSegment;
import org.apache.ratis.server.raftlog.segmented.LogSegmentPath;
import org.apache.ratis.util.SizeInBytes;

/**
 * Reads the newest state that a manager's directory holds while its member is stopped: the snapshot and every entry behind
 * it, those too of which this member never heard whether they were committed. An acknowledged change is in the log of a
 * majority, so it may be known here without being known as committed; a change that nobody was told of may come true.
 * One thread.
 */
public final class StateOnDisk {
    /** A record is a part of an entry at most. */
    private static final SizeInBytes LARGEST_RECORD = SizeInBytes.valueOf("8MB");

    private final Path group;
    private final Sealer sealer;
    private final LogParts parts = new LogParts();
    private ClusterState state = ClusterState.EMPTY;
    private long applied = -1;

    /**
     * A state.
     *
     * @param index of the last entry in it
     */
    public record Found(ClusterState state, long index) {}

    private StateOnDisk(Path group, Sealer sealer) {
        this.group = group;
        this.sealer = sealer;
    }

    /**
     * The state of the log and snapshots of an epoch.
     *
     * @throws RaftException if they are damaged, or sealed with a key that is not here
     */
    public static Found read(Path directory, String clusterId, long epoch, KeyRing keys) {
        var reading = new StateOnDisk(GroupDirectories.group(directory, clusterId, epoch), keys.sealer());
        try {
            reading.loadSnapshot(Seed.at(directory, epoch));
            reading.applyLog();
        } catch (IOException e) {
            throw new RaftException("cannot read the state in " + directory + ": " + e.getMessage(), e);
        }
        return new Found(reading.state, Math.max(0, reading.applied));
    }

    private void loadSnapshot(Optional<Path> seed) throws IOException {
        var snapshots = GroupDirectories.snapshots(group);
        var newest = Files.isDirectory(snapshots) ? SnapshotStorage.newestIn(snapshots) : Optional.<Path>empty();
        var file = newest.or(() -> seed);
        if (file.isPresent()) {
            var loaded = SnapshotFile.read(file.get(), sealer);
            state = loaded.state();
            applied = loaded.index();
        }
    }

    private void applyLog() throws IOException {
        var log = GroupDirectories.log(group);
        if (!Files.isDirectory(log)) {
            return;
        }
        LogTail.repair(log);
        for (var segment : segments(log)) {
            LogSegment.readSegmentFile(
                    segment.getPath().toFile(),
                    segment.getStartEnd(),
                    LARGEST_RECORD,
                    RaftServerConfigKeys.Log.CorruptionPolicy.EXCEPTION,
                    null,
                    this::apply);
        }
    }

    private static List<LogSegmentPath> segments(Path log) throws IOException {
        var segments = new ArrayList<LogSegmentPath>();
        try (var files = Files.newDirectoryStream(log)) {
            for (var file : files) {
                var segment = LogSegmentPath.matchLogSegment(file);
                if (segment != null) {
                    segments.add(segment);
                }
            }
        }
        segments.sort(Comparator.comparing(LogSegmentPath::getStartEnd));
        return segments;
    }

    private void apply(LogEntryProto logged) {
        if (logged.getIndex() <= applied) {
            return;
        }
        if (logged.getIndex() != applied + 1) {
            throw new RaftException("the log in " + group + " lacks the entries from " + (applied + 1) + " to "
                    + (logged.getIndex() - 1) + ": restore a backup");
        }
        applied = logged.getIndex();
        if (logged.hasStateMachineLogEntry()) {
            parts.next(LogEntries.record(logged), logged.getTerm())
                    .ifPresent(whole -> reduce(LogEntries.open(whole, sealer), logged.getTerm()));
        }
    }

    private void reduce(LogEntry entry, long term) {
        state = ClusterReducer.apply(state, entry, term).state();
    }
}
