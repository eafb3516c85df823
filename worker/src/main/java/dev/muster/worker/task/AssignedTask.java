package dev.muster.worker.task;

import dev.muster.api.Config;
import dev.muster.api.ContainerSpec;
import dev.muster.api.Driver;
import dev.muster.api.NetworkAssignment;
import dev.muster.api.Secret;
import dev.muster.api.ServiceRevision;
import dev.muster.api.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A task with all that the managers sent for it.
 *
 * @param revision empty until it has come
 * @param secrets by id; those that the task names, as far as they have come
 * @param configs by id, likewise
 * @param networks by id, those that the task is attached to
 * @param defaultLogDriver the cluster's, for tasks that name none
 */
public record AssignedTask(
        Task task,
        Optional<ServiceRevision> revision,
        Map<String, Secret> secrets,
        Map<String, Config> configs,
        Map<String, NetworkAssignment> networks,
        Driver defaultLogDriver) {

    public AssignedTask {
        secrets = Map.copyOf(secrets);
        configs = Map.copyOf(configs);
        networks = Map.copyOf(networks);
    }

    public String id() {
        return task.getId();
    }

    /** The container as the service's spec has it; the default instance while the revision is missing. */
    ContainerSpec container() {
        return revision.map(known -> known.getTask().getContainer()).orElse(ContainerSpec.getDefaultInstance());
    }

    /** What has not come yet, in words; empty: the task can be prepared. */
    List<String> missing() {
        if (revision.isEmpty()) {
            return List.of("its spec");
        }
        var missing = new ArrayList<String>();
        for (var reference : container().getSecretsList()) {
            if (!secrets.containsKey(reference.getSecretId())) {
                missing.add("secret " + reference.getSecretName());
            }
        }
        for (var reference : container().getConfigsList()) {
            if (!configs.containsKey(reference.getConfigId())) {
                missing.add("config " + reference.getConfigName());
            }
        }
        return missing;
    }

    /** Messages name the task; secrets are not for them. */
    @Override
    public String toString() {
        return "AssignedTask[" + id() + "]";
    }
}
