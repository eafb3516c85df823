package dev.muster.manager.settings;

import dev.muster.api.Cluster;
import dev.muster.api.ClusterSpec;
import dev.muster.api.Durations;
import java.time.Duration;

/** What the cluster's spec says, or swarm's defaults where it says nothing. Pure. */
public final class ClusterSettings {
    /** The only name a cluster may have. */
    public static final String NAME = "default";

    public static final Duration HEARTBEAT_PERIOD = Duration.ofSeconds(5);
    public static final Duration CERTIFICATE_LIFETIME = Duration.ofDays(90);
    public static final Duration SHORTEST_CERTIFICATE_LIFETIME = Duration.ofHours(1);
    public static final int DATA_PATH_PORT = 4789;
    public static final int SUBNET_SIZE = 24;

    /** Log entries between two snapshots. */
    public static final long SNAPSHOT_INTERVAL = 10_000;

    public static final String ADDRESS_POOL = "10.0.0.0/8";

    private ClusterSettings() {}

    /** How often agents say that they are alive, give or take some jitter. */
    public static Duration heartbeatPeriod(ClusterSpec spec) {
        return Durations.positive(spec.getHeartbeatPeriod(), HEARTBEAT_PERIOD);
    }

    /** How long a node's certificate is valid. */
    public static Duration certificateLifetime(ClusterSpec spec) {
        return Durations.positive(spec.getNodeCertExpiry(), CERTIFICATE_LIFETIME);
    }

    /** UDP port of VXLAN, the same on every node. */
    public static int dataPathPort(Cluster cluster) {
        return cluster.getDataPathPort() == 0 ? DATA_PATH_PORT : cluster.getDataPathPort();
    }
}
