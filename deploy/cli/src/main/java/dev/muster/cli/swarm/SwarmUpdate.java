package dev.muster.cli.swarm;

import dev.muster.api.UpdateClusterRequest;
import dev.muster.api.UpdateClusterResponse;
import dev.muster.cli.command.Invocation;
import dev.muster.cli.flag.Arguments;
import dev.muster.cli.flag.Flags;

/** {@code swarm update}: changes what is said and leaves the rest as it is. */
final class SwarmUpdate {

    private SwarmUpdate() {}

    static Flags flags() {
        return ClusterFlags.addTo(ExternalCaFlag.addTo(
                new Flags().bool("autolock", "Lock managers: a restarted one needs a key that is on no disk")));
    }

    static int run(Invocation invocation) {
        Arguments flags = invocation.arguments();
        if (flags.given().isEmpty()) {
            invocation.printHelp();
            return 0;
        }
        var cluster = SwarmCommands.cluster(invocation).getCluster();
        var spec = cluster.getSpec().toBuilder();
        ClusterFlags.apply(flags, spec);
        ExternalCaFlag.apply(flags, spec, "");
        var request = UpdateClusterRequest.newBuilder()
                .setVersion(cluster.getMeta().getVersion())
                .setSpec(spec)
                .build();
        invocation.daemon().control("UpdateCluster", request, UpdateClusterResponse.parser());
        invocation.print("Swarm updated.");
        if (spec.getAutolock() && !cluster.getSpec().getAutolock()) {
            invocation.print("");
            SwarmLock.show(invocation);
        }
        return 0;
    }
}
