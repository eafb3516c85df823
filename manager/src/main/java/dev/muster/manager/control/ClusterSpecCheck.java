package dev.muster.manager.control;

import dev.muster.api.ClusterSpec;
import dev.muster.api.Durations;
import dev.muster.manager.settings.ClusterSettings;
import java.util.ArrayList;
import java.util.List;

/** Whether a cluster's settings make sense, and ask only for what is there. Pure. */
public final class ClusterSpecCheck {
    private static final int LONGEST_PREFIX = 29;
    private static final int LEAST_DATA_PATH_PORT = 1024;
    private static final int MOST_DATA_PATH_PORT = 49151;

    /** Some hundreds of megabytes of log, and minutes of replay. */
    private static final long MOST_SNAPSHOT_ENTRIES = 1_000_000;

    /** Each may be hundreds of megabytes. */
    private static final long MOST_OLD_SNAPSHOTS = 1_000;

    private ClusterSpecCheck() {}

    /** Also for a cluster's first spec; what it says of roots is not looked at. Throws {@link ControlFailure}. */
    public static void check(ClusterSpec wanted) {
        var name = wanted.getAnnotations().getName();
        if (!name.isEmpty() && !name.equals(ClusterSettings.NAME)) {
            throw ControlFailure.invalid("modification of cluster name is not allowed");
        }
        if (Durations.duration(wanted.getHeartbeatPeriod()).isNegative()) {
            throw ControlFailure.invalid("heartbeat time period cannot be a negative duration");
        }
        var expiry = ClusterSettings.certificateLifetime(wanted);
        if (expiry.compareTo(ClusterSettings.SHORTEST_CERTIFICATE_LIFETIME) < 0) {
            throw ControlFailure.invalid("minimum certificate expiry time is: 1h0m0s");
        }
        if (wanted.getSnapshotInterval() < 0 || wanted.getSnapshotInterval() > MOST_SNAPSHOT_ENTRIES) {
            throw ControlFailure.invalid("invalid snapshot interval: at most " + MOST_SNAPSHOT_ENTRIES
                    + " log entries, which a restarted manager replays");
        }
        if (wanted.getKeepOldSnapshots() < 0 || wanted.getKeepOldSnapshots() > MOST_OLD_SNAPSHOTS) {
            throw ControlFailure.invalid("invalid number of old snapshots to keep: at most " + MOST_OLD_SNAPSHOTS);
        }
    }

    /** What is fixed when a cluster is made. Throws {@link ControlFailure}. */
    public static void addresses(List<String> pools, int subnetSize, int dataPathPort) {
        if (dataPathPort != 0 && (dataPathPort < LEAST_DATA_PATH_PORT || dataPathPort > MOST_DATA_PATH_PORT)) {
            throw ControlFailure.invalid(
                    "Datapath port number must be in valid range (" + LEAST_DATA_PATH_PORT + " - " + MOST_DATA_PATH_PORT
                            + ") or can be set to 0 to use default port " + ClusterSettings.DATA_PATH_PORT);
        }
        var size = subnetSize == 0 ? ClusterSettings.SUBNET_SIZE : subnetSize;
        if (size < 1 || size > LONGEST_PREFIX) {
            throw ControlFailure.invalid(
                    "invalid subnet size " + subnetSize + ": it must be from 1 to " + LONGEST_PREFIX);
        }
        var seen = new ArrayList<Subnet>();
        for (var text : pools) {
            var pool = Subnet.parse(text)
                    .orElseThrow(() -> ControlFailure.invalid("invalid default address pool: " + text));
            if (pool.prefix() > size) {
                throw ControlFailure.invalid("Subnet size is too small for pool: " + text + " holds no /" + size);
            }
            if (seen.stream().anyMatch(pool::overlaps)) {
                throw ControlFailure.invalid("default address pools overlap: " + text);
            }
            seen.add(pool);
        }
    }
}
