package dev.muster.manager.http;

import com.google.protobuf.Duration;
import dev.muster.api.EndpointSpec;
import dev.muster.api.ResourceRequirements;
import dev.muster.api.RestartPolicy;
import dev.muster.api.Service;
import dev.muster.api.ServiceSpec;
import dev.muster.api.TaskSpec;
import dev.muster.api.UpdateConfig;

/** Fills what a service's specs leave open with what is in force, for {@code insertDefaults=true} (API 1.51). */
final class SpecDefaults {
    private SpecDefaults() {}

    static Service fill(Service service) {
        Service.Builder filled = service.toBuilder().setSpec(fill(service.getSpec()));
        if (service.hasPreviousSpec()) {
            filled.setPreviousSpec(fill(service.getPreviousSpec()));
        }
        return filled.build();
    }

    private static ServiceSpec fill(ServiceSpec spec) {
        ServiceSpec.Builder filled = spec.toBuilder().setTask(fill(spec.getTask()));
        if (!spec.hasEndpoint()) {
            filled.setEndpoint(EndpointSpec.getDefaultInstance());
        }
        if (!spec.hasReplicatedJob() && !spec.hasGlobalJob()) {
            filled.setUpdate(fill(spec.hasUpdate(), spec.getUpdate()))
                    .setRollback(fill(spec.hasRollback(), spec.getRollback()));
        }
        return filled.build();
    }

    private static UpdateConfig fill(boolean present, UpdateConfig config) {
        UpdateConfig.Builder filled = config.toBuilder();
        if (!present) {
            filled.setParallelism(1);
        }
        if (Json.nanos(config.getMonitor()) == 0) {
            filled.setMonitor(seconds(5));
        }
        return filled.build();
    }

    private static TaskSpec fill(TaskSpec task) {
        TaskSpec.Builder filled = task.toBuilder();
        if (!task.getContainer().hasStopGracePeriod()) {
            filled.getContainerBuilder().setStopGracePeriod(seconds(10));
        }
        if (!task.hasRestart()) {
            filled.setRestart(RestartPolicy.getDefaultInstance());
        }
        if (!filled.getRestart().hasDelay()) {
            filled.getRestartBuilder().setDelay(seconds(5));
        }
        if (!task.hasResources()) {
            filled.setResources(ResourceRequirements.getDefaultInstance());
        }
        if (!task.hasPlacement()) {
            filled.setPlacement(task.getPlacement());
        }
        return filled.build();
    }

    private static Duration seconds(int seconds) {
        return Duration.newBuilder().setSeconds(seconds).build();
    }
}
