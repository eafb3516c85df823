package dev.muster.manager.orchestrator.update;

import dev.muster.api.Network;
import dev.muster.api.Service;
import dev.muster.manager.state.ClusterState;
import java.util.Optional;

/** What keeps a service from going back to its previous spec: there is none, or what it names is gone. Pure. */
final class RollbackObstacle {
    private RollbackObstacle() {}

    /** The obstacle, for users; empty if there is none. */
    static Optional<String> of(ClusterState state, Service service) {
        if (!service.hasPreviousSpec()) {
            return Optional.of("no previous spec is available");
        }
        var task = service.getPreviousSpec().getTask();
        for (var reference : task.getContainer().getSecretsList()) {
            if (state.secret(reference.getSecretId()).isEmpty()) {
                return Optional.of(
                        "the previous spec's secret " + reference.getSecretName() + " does not exist any more");
            }
        }
        for (var reference : task.getContainer().getConfigsList()) {
            if (state.config(reference.getConfigId()).isEmpty()) {
                return Optional.of(
                        "the previous spec's config " + reference.getConfigName() + " does not exist any more");
            }
        }
        for (var attached : task.getNetworksList()) {
            if (state.network(attached.getTarget())
                    .map(Network::getPendingDelete)
                    .orElse(true)) {
                return Optional.of("the previous spec's network " + attached.getTarget() + " does not exist any more");
            }
        }
        return Optional.empty();
    }
}
