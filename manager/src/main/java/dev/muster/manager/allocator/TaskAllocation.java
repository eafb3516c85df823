package dev.muster.manager.allocator;

import dev.muster.api.NetworkAttachment;
import dev.muster.api.NetworkAttachmentConfig;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.Timestamps;
import dev.muster.manager.state.ClusterState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Gives a new task its addresses and moves it on to PENDING. Pure but for the addresses taken. */
final class TaskAllocation {
    private TaskAllocation() {}

    /** The task with its addresses, or with the reason why it has to wait. */
    static Task allocate(ClusterState state, AddressBook addresses, Task task, Instant now) {
        var revision = state.revision(task);
        var wanted = new ArrayList<NetworkAttachmentConfig>();
        if (EndpointAllocation.usesIngress(revision.getEndpoint())) {
            var ingress = addresses.ingress();
            if (ingress.isEmpty()) {
                return waiting(task, "service needs ingress network, but no ingress network is present", now);
            }
            wanted.add(NetworkAttachmentConfig.newBuilder()
                    .setTarget(ingress.get().getId())
                    .build());
        }
        wanted.addAll(revision.getTask().getNetworksList());
        var attached = new ArrayList<NetworkAttachment>();
        for (var config : wanted) {
            var problem = attach(state, addresses, config, attached);
            if (problem.isPresent()) {
                attached.forEach(attachment -> addresses
                        .pool(attachment.getNetworkId())
                        .ifPresent(pool -> pool.release(attachment.getAddress())));
                return waiting(task, problem.get(), now);
            }
        }
        return task.toBuilder()
                .clearNetworks()
                .addAllNetworks(attached)
                .setStatus(task.getStatus().toBuilder()
                        .setState(TaskState.TASK_PENDING)
                        .setTimestamp(Timestamps.of(now))
                        .setMessage("pending task scheduling")
                        .clearErr())
                .build();
    }

    /** The task with the reason why it waits; unchanged if it says so already. */
    static Task waiting(Task task, String reason, Instant now) {
        if (task.getStatus().getErr().equals(reason)) {
            return task;
        }
        return task.toBuilder()
                .setStatus(task.getStatus().toBuilder()
                        .setTimestamp(Timestamps.of(now))
                        .setErr(reason))
                .build();
    }

    private static Optional<String> attach(
            ClusterState state,
            AddressBook addresses,
            NetworkAttachmentConfig config,
            List<NetworkAttachment> attached) {
        var network = state.network(config.getTarget());
        if (network.isEmpty()) {
            return Optional.of("network " + config.getTarget() + " does not exist any more; update the service");
        }
        var attachment =
                NetworkAttachment.newBuilder().setNetworkId(config.getTarget()).addAllAliases(config.getAliasesList());
        if (AddressBook.isOverlay(network.get())) {
            var pool = addresses.pool(config.getTarget());
            if (pool.isEmpty()) {
                return Optional.of(EndpointAllocation.waitsFor(network.get()));
            }
            var address = pool.get().next();
            if (address.isEmpty()) {
                return Optional.of(pool.get().exhaustion());
            }
            attachment.setAddress(address.get());
        }
        attached.add(attachment.build());
        return Optional.empty();
    }
}
