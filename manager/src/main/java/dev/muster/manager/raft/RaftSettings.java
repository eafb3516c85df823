package dev.muster.manager.raft;

import dev.muster.pki.TlsContexts;
import java.io.File;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/** What Ratis is told, and why. */
final class RaftSettings {
    /** Sealing and Ratis' own fields add less than this to a record. */
    private static final int RECORD_MARGIN = 64 * 1024;

    /**
     * A segment is held in memory until it is full, and two closed ones after that: a few megabytes of heap where
     * Ratis' own sizes may take hundreds.
     */
    private static final SizeInBytes SEGMENT = SizeInBytes.valueOf("4MB");

    private static final SizeInBytes CACHED_CLOSED_SEGMENTS = SizeInBytes.valueOf("8MB");

    /** Zeros written ahead, so that a sync has no file length to write; small, as they are written twice. */
    private static final SizeInBytes PREALLOCATED = SizeInBytes.valueOf("1MB");

    /** Of the entries between two snapshots, kept behind one: a member that was away for a moment needs no snapshot. */
    private static final int PRESERVED_DIVISOR = 10;

    /** Waiting in Ratis at most: the proposal queue in front of it holds back earlier. */
    private static final SizeInBytes PENDING = SizeInBytes.valueOf("64MB");

    private static final int PENDING_ENTRIES = 256;

    private RaftSettings() {}

    static RaftProperties properties(RaftConfig config, File storage) {
        var properties = new RaftProperties();
        RaftServerConfigKeys.setStorageDir(properties, List.of(storage));
        timings(properties, config.timings());
        membership(properties);
        log(properties);
        snapshots(properties, config);
        threads(properties);
        transport(properties, config);
        // Every read asks the majority: a lease would trust clocks.
        RaftServerConfigKeys.Read.setOption(properties, RaftServerConfigKeys.Read.Option.LINEARIZABLE);
        RaftServerConfigKeys.Read.setLeaderLeaseEnabled(properties, false);
        RaftServerConfigKeys.Read.setTimeout(properties, duration(10_000));
        // Answers are kept for clients that ask again; ours never does, it has the future.
        RaftServerConfigKeys.RetryCache.setExpiryTime(properties, duration(1_000));
        return properties;
    }

    /**
     * @param barred nodes that are no managers any more, whatever their certificate says
     */
    static Parameters parameters(TlsContexts tls, Predicate<String> barred) {
        var parameters = new Parameters();
        GrpcConfigKeys.TLS.setConf(parameters, new GrpcTlsConfig(tls.keyManager(), tls.managersOnly(barred), true));
        return parameters;
    }

    private static void timings(RaftProperties properties, RaftTimings timings) {
        // Ratis shuts itself down after a pause of a minute; a machine that was suspended has to go on by itself.
        RaftServerConfigKeys.setCloseThreshold(properties, TimeDuration.valueOf(10_000, TimeUnit.DAYS));
        RaftServerConfigKeys.Rpc.setTimeoutMin(
                properties, duration(timings.electionMin().toMillis()));
        RaftServerConfigKeys.Rpc.setTimeoutMax(
                properties, duration(timings.electionMax().toMillis()));
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(
                properties, duration(timings.firstElectionMin().toMillis()));
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(
                properties, duration(timings.firstElectionMax().toMillis()));
        RaftServerConfigKeys.Rpc.setRequestTimeout(
                properties, duration(timings.request().toMillis()));
    }

    private static void membership(RaftProperties properties) {
        // Ratis' own is three elections: a joiner on a busy machine that does not answer for two seconds is turned
        // away.
        RaftServerConfigKeys.setStagingTimeout(properties, duration(30_000));
        // A new member votes when it is this many entries behind; Ratis' own thousand may be most of what there is.
        RaftServerConfigKeys.setStagingCatchupGap(properties, 64);
    }

    private static void log(RaftProperties properties) {
        var record = SizeInBytes.valueOf(LogParts.PART_BYTES + RECORD_MARGIN);
        RaftServerConfigKeys.Log.Appender.setBufferByteLimit(properties, record);
        // Ratis asks for room for one record, its length and its checksum. The buffer is outside the heap, all of it
        // used.
        RaftServerConfigKeys.Log.setWriteBufferSize(properties, SizeInBytes.valueOf(record.getSize() + 8));
        RaftServerConfigKeys.Log.setSegmentSizeMax(properties, SEGMENT);
        RaftServerConfigKeys.Log.setSegmentCacheNumMax(properties, 2);
        RaftServerConfigKeys.Log.setSegmentCacheSizeMax(properties, CACHED_CLOSED_SEGMENTS);
        RaftServerConfigKeys.Log.setPreallocatedSize(properties, PREALLOCATED);
        RaftServerConfigKeys.Log.setQueueByteLimit(properties, PENDING);
        RaftServerConfigKeys.Log.setQueueElementLimit(properties, PENDING_ENTRIES);
        RaftServerConfigKeys.Write.setByteLimit(properties, PENDING);
        RaftServerConfigKeys.Write.setElementLimit(properties, PENDING_ENTRIES);
        // A damaged log is not repaired by forgetting its end: what it acknowledged may be there.
        RaftServerConfigKeys.Log.setCorruptionPolicy(properties, RaftServerConfigKeys.Log.CorruptionPolicy.EXCEPTION);
        // Ratis would follow each of our entries by one that says it is committed, a write and a sync more; without it
        // a
        // restarted member learns that from the next leader.
        RaftServerConfigKeys.Log.setLogMetadataEnabled(properties, false);
        RaftServerConfigKeys.Log.setUnsafeFlushEnabled(properties, false);
        RaftServerConfigKeys.Log.setAsyncFlushEnabled(properties, false);
    }

    private static void snapshots(RaftProperties properties, RaftConfig config) {
        RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(properties, true);
        // It asks behind every few entries: the state machine decides, as the interval may change.
        RaftServerConfigKeys.Snapshot.setAutoTriggerThreshold(properties, 1);
        // A stop should be quick; replaying what is behind the last snapshot is.
        RaftServerConfigKeys.Snapshot.setTriggerWhenStopEnabled(properties, false);
        RaftServerConfigKeys.Snapshot.setTriggerWhenRemoveEnabled(properties, false);
        // A member that is away for days must not fill the disks of the others: it gets a snapshot when it returns.
        RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(properties, true);
        RaftServerConfigKeys.Log.setPurgePreservationLogNum(properties, config.snapshotEntries() / PRESERVED_DIVISOR);
        RaftServerConfigKeys.Log.setPurgeGap(properties, 1);
        RaftServerConfigKeys.Log.Appender.setSnapshotChunkSizeMax(properties, SizeInBytes.valueOf("1MB"));
    }

    /** Idle threads end by themselves in cached pools; the sizes bound the rest. */
    private static void threads(RaftProperties properties) {
        RaftServerConfigKeys.ThreadPool.setProxyCached(properties, true);
        RaftServerConfigKeys.ThreadPool.setProxySize(properties, 4);
        RaftServerConfigKeys.ThreadPool.setServerCached(properties, true);
        RaftServerConfigKeys.ThreadPool.setServerSize(properties, 4);
        RaftServerConfigKeys.ThreadPool.setClientCached(properties, true);
        RaftServerConfigKeys.ThreadPool.setClientSize(properties, 4);
        GrpcConfigKeys.Server.setAsyncRequestThreadPoolCached(properties, true);
        GrpcConfigKeys.Server.setAsyncRequestThreadPoolSize(properties, 4);
        GrpcConfigKeys.Server.setBossGroupSize(properties, 1);
        GrpcConfigKeys.Server.setWorkerGroupSize(properties, 2);
        GrpcConfigKeys.Client.setWorkerGroupSize(properties, 2);
        RaftServerConfigKeys.DataStream.setAsyncRequestThreadPoolSize(properties, 1);
        RaftServerConfigKeys.DataStream.setAsyncWriteThreadPoolSize(properties, 1);
    }

    private static void transport(RaftProperties properties, RaftConfig config) {
        GrpcConfigKeys.Server.setHost(properties, config.listen().getHostString());
        GrpcConfigKeys.Server.setPort(properties, config.listen().getPort());
        // Ratis asks for a megabyte more than a record.
        GrpcConfigKeys.setMessageSizeMax(
                properties, SizeInBytes.valueOf(LogParts.PART_BYTES + RECORD_MARGIN + 1024 * 1024));
        GrpcConfigKeys.setFlowControlWindow(properties, SizeInBytes.valueOf("1MB"));
        // So many messages of a megabyte may be on their way to a slow follower, in the leader's memory.
        GrpcConfigKeys.Server.setLeaderOutstandingAppendsMax(properties, 8);
    }

    private static TimeDuration duration(long millis) {
        return TimeDuration.valueOf(millis, TimeUnit.MILLISECONDS);
    }
}
