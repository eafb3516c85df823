package dev.muster.manager.simulation.faults;

import dev.muster.api.PortConfig;
import dev.muster.api.PublishMode;
import dev.muster.api.RestartPolicy;
import dev.muster.api.ServiceSpec;
import dev.muster.api.UpdateConfig;
import dev.muster.manager.simulation.Specs;
import java.time.Duration;
import java.util.SplittableRandom;

/** Services of many kinds, small enough that all of them fit into the cluster in the end. */
final class RandomSpecs {
    /** Five of these fill a node. */
    static final long MEMORY = 400L << 20;

    /** Some of these fit beside five of the others, so that a service that starts first can always go on. */
    private static final long FINAL_MEMORY = 16L << 20;

    static final long NODE_MEMORY = 2L << 30;

    private static final int HOST_PORT = 8080;

    private RandomSpecs() {}

    static ServiceSpec service(String name, SplittableRandom random) {
        boolean global = random.nextInt(4) == 0;
        boolean startFirst = random.nextBoolean();
        var spec = global ? Specs.global(name) : Specs.replicated(name, 1 + random.nextInt(5));
        if (random.nextBoolean()) {
            Specs.on(spec, random.nextBoolean() ? "front" : "back");
        }
        if (random.nextInt(3) == 0) {
            Specs.published(spec, 80, 0);
        } else if (!global && !startFirst && random.nextInt(3) == 0) {
            // A port of its own: another service's would keep this one from ever running.
            spec.getEndpointBuilder()
                    .addPorts(PortConfig.newBuilder()
                            .setTargetPort(80)
                            .setPublishedPort(HOST_PORT + Math.floorMod(name.hashCode(), 100))
                            .setPublishMode(PublishMode.PUBLISH_HOST));
        }
        spec.getTaskBuilder().getResourcesBuilder().getReservationsBuilder().setMemoryBytes(MEMORY);
        spec.getTaskBuilder()
                .setRestart(Specs.restart(RestartPolicy.Condition.ANY, Duration.ofSeconds(1 + random.nextInt(5)), 0));
        var order = startFirst ? UpdateConfig.Order.START_FIRST : UpdateConfig.Order.STOP_FIRST;
        spec.setUpdate(Specs.update(random.nextInt(3), Duration.ofSeconds(random.nextInt(3)))
                .setOrder(order)
                .setFailureAction(UpdateConfig.FailureAction.forNumber(random.nextInt(3))));
        spec.setRollback(Specs.update(random.nextInt(3), Duration.ZERO).setOrder(order));
        return spec.build();
    }

    /** What it is at the end: an image that works, and no more replicas than fit. */
    static ServiceSpec.Builder modest(ServiceSpec spec) {
        var modest = Specs.image(spec.toBuilder(), "final");
        modest.getTaskBuilder().getResourcesBuilder().getReservationsBuilder().setMemoryBytes(FINAL_MEMORY);
        if (modest.hasReplicated()) {
            long replicas = Math.min(modest.getReplicated().getReplicas(), 2);
            modest.getReplicatedBuilder().setReplicas(replicas);
        }
        return modest;
    }
}
