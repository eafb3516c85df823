package dev.muster.manager.raft;

import dev.muster.pki.TlsContexts;
import java.net.InetSocketAddress;
import java.nio.file.Path;

/**
 * Where and how this manager takes part in Raft.
 *
 * @param directory its own: the log, snapshots and keys are below it; created with access for the owner only
 * @param member this manager's name among its peers
 * @param clusterId names the group; managers of another cluster are turned away
 * @param epoch of the cluster when the group was made; managers of another one are turned away
 * @param listen where peers reach this manager's Raft port
 * @param advertise host and port by which peers are told to reach it
 * @param tls this manager's identity: what it shows to peers; it believes managers of its cluster only
 * @param timings how long members wait for each other
 * @param snapshotEntries log entries after which a snapshot is taken
 */
public record RaftConfig(
        Path directory,
        MemberId member,
        String clusterId,
        long epoch,
        InetSocketAddress listen,
        String advertise,
        TlsContexts tls,
        RaftTimings timings,
        long snapshotEntries) {
    /** Swarm's default, which bounds a restart's replay to about a second. */
    public static final long DEFAULT_SNAPSHOT_ENTRIES = 10_000;
}
