package dev.muster.cli.swarm;

import dev.muster.api.ClusterSpec;
import dev.muster.api.Durations;
import dev.muster.cli.flag.Arguments;
import dev.muster.cli.flag.Flags;

/** The cluster's settings as flags: the same for {@code swarm init} and {@code swarm update}. */
final class ClusterFlags {

    private ClusterFlags() {}

    static Flags addTo(Flags flags) {
        return flags.duration("cert-expiry", "2160h0m0s", "How long the nodes' certificates are valid")
                .duration("dispatcher-heartbeat", "5s", "How often nodes report")
                .count("max-snapshots", "0", "Old Raft snapshots to keep")
                .count("snapshot-interval", "10000", "Log entries between Raft snapshots")
                .integer("task-history-limit", "5", "Tasks to keep of each slot");
    }

    /** Changes only what was said: the daemon knows the defaults, and what was there stays. */
    static void apply(Arguments flags, ClusterSpec.Builder spec) {
        if (flags.has("autolock")) {
            spec.setAutolock(flags.is("autolock"));
        }
        if (flags.has("cert-expiry")) {
            spec.setNodeCertExpiry(Durations.of(flags.duration("cert-expiry")));
        }
        if (flags.has("dispatcher-heartbeat")) {
            spec.setHeartbeatPeriod(Durations.of(flags.duration("dispatcher-heartbeat")));
        }
        if (flags.has("max-snapshots")) {
            spec.setKeepOldSnapshots(flags.number("max-snapshots"));
        }
        if (flags.has("snapshot-interval")) {
            spec.setSnapshotInterval(flags.number("snapshot-interval"));
        }
        if (flags.has("task-history-limit")) {
            spec.setTaskHistoryLimit(flags.number("task-history-limit"));
        }
    }
}
