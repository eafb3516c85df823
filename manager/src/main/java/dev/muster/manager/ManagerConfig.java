package dev.muster.manager;

import dev.muster.manager.raft.RaftConfig;
import dev.muster.manager.raft.RaftTimings;
import dev.muster.manager.state.ClusterReducer;
import java.net.InetSocketAddress;
import java.nio.file.Path;

/**
 * Where a manager keeps its state and how it is reached.
 *
 * @param directory its own: log, snapshots, keys
 * @param listen of gRPC, for agents and managers
 * @param advertise HOST:PORT by which others are told to reach its gRPC
 * @param raftListen of Raft
 * @param raftAdvertise HOST:PORT by which other managers are told to reach its Raft
 * @param timings how long managers wait for each other
 * @param snapshotEntries log entries after which a snapshot is taken
 * @param featureLevel the greatest that this manager says it knows, no more than {@link ClusterReducer#FEATURE_LEVEL}
 */
public record ManagerConfig(
        Path directory,
        InetSocketAddress listen,
        String advertise,
        InetSocketAddress raftListen,
        String raftAdvertise,
        RaftTimings timings,
        long snapshotEntries,
        int featureLevel) {
    public ManagerConfig {
        if (featureLevel < 0 || featureLevel > ClusterReducer.FEATURE_LEVEL) {
            throw new IllegalArgumentException("this version knows the feature levels from 0 to "
                    + ClusterReducer.FEATURE_LEVEL + ", not " + featureLevel);
        }
    }

    /** With the timings and snapshots of production. */
    public static ManagerConfig standard(
            Path directory,
            InetSocketAddress listen,
            String advertise,
            InetSocketAddress raftListen,
            String raftAdvertise) {
        return new ManagerConfig(
                directory,
                listen,
                advertise,
                raftListen,
                raftAdvertise,
                RaftTimings.STANDARD,
                RaftConfig.DEFAULT_SNAPSHOT_ENTRIES,
                ClusterReducer.FEATURE_LEVEL);
    }

    /** The same of a manager that says it knows no more than this. */
    public ManagerConfig withFeatureLevel(int level) {
        return new ManagerConfig(
                directory, listen, advertise, raftListen, raftAdvertise, timings, snapshotEntries, level);
    }
}
