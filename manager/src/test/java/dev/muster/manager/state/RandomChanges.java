package dev.muster.manager.state;

import static dev.muster.manager.state.Objects.changes;
import static dev.muster.manager.state.Objects.config;
import static dev.muster.manager.state.Objects.network;
import static dev.muster.manager.state.Objects.node;
import static dev.muster.manager.state.Objects.observed;
import static dev.muster.manager.state.Objects.revision;
import static dev.muster.manager.state.Objects.secret;
import static dev.muster.manager.state.Objects.service;

import com.google.protobuf.Message;
import dev.muster.api.ChangeSet;
import dev.muster.api.Kind;
import dev.muster.api.NetworkAttachment;
import dev.muster.api.Service;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Makes change sets that fit a state, or nearly do: some are rejected, for every reason there is. */
final class RandomChanges {
    private static final TaskState[] OBSERVED = {
        TaskState.TASK_NEW,
        TaskState.TASK_PENDING,
        TaskState.TASK_ASSIGNED,
        TaskState.TASK_RUNNING,
        TaskState.TASK_FAILED,
        TaskState.TASK_SHUTDOWN,
        TaskState.TASK_ORPHANED
    };
    private static final TaskState[] DESIRED = {
        TaskState.TASK_READY, TaskState.TASK_RUNNING, TaskState.TASK_SHUTDOWN, TaskState.TASK_REMOVE
    };

    private final RandomGenerator random;
    private int created;
    private int refused;

    RandomChanges(RandomGenerator random) {
        this.random = random;
    }

    /** Steps that met another one in their change set. */
    int refused() {
        return refused;
    }

    ChangeSet next(ClusterState state) {
        var changes = changes();
        int steps = 1 + random.nextInt(3);
        for (int i = 0; i < steps; i++) {
            try {
                step(state, changes);
            } catch (IllegalStateException e) {
                // Two steps met on one object: the builder refused the second.
                refused++;
            }
        }
        any(state, Kind.KIND_NODE).ifPresent(node -> {
            if (random.nextInt(8) == 0) {
                changes.require(node);
            }
        });
        return changes.build();
    }

    private void step(ClusterState state, ChangeSetBuilder changes) {
        switch (random.nextInt(12)) {
            case 0 -> changes.create(node(fresh()));
            case 1 -> changes.create(network(fresh()));
            case 2 -> changes.create(secret(fresh()));
            case 3 -> changes.create(config(fresh(), "name" + random.nextInt(20)));
            case 4 -> createService(state, changes);
            case 5, 6 -> createTask(state, changes);
            case 7, 8, 9 -> any(state, Kind.KIND_TASK).ifPresent(task -> changes.update(changed(state, (Task) task)));
            case 10 -> any(state, kind()).ifPresent(changes::delete);
            default ->
                any(state, Kind.KIND_SERVICE)
                        .ifPresent(service -> changes.update(((Service) service)
                                .toBuilder()
                                        .setPendingDelete(random.nextInt(3) == 0)
                                        .build()));
        }
    }

    private void createService(ClusterState state, ChangeSetBuilder changes) {
        var networks = any(state, Kind.KIND_NETWORK).map(this::id).stream().toList();
        var secrets = any(state, Kind.KIND_SECRET).map(this::id).stream().toList();
        var made = service(fresh(), networks, secrets);
        changes.create(made).create(revision(made, 1));
    }

    private void createTask(ClusterState state, ChangeSetBuilder changes) {
        any(state, Kind.KIND_SERVICE)
                .ifPresent(service -> changes.create(Objects.task(fresh(), (Service) service, random.nextInt(3))));
    }

    private Task changed(ClusterState state, Task task) {
        var builder = observed(task, OBSERVED[random.nextInt(OBSERVED.length)]).toBuilder();
        if (random.nextInt(3) == 0) {
            builder.setDesiredState(DESIRED[random.nextInt(DESIRED.length)]);
        }
        if (task.getNodeId().isEmpty()) {
            any(state, Kind.KIND_NODE).ifPresent(node -> builder.setNodeId(id(node)));
        }
        if (task.getNetworksCount() == 0) {
            any(state, Kind.KIND_NETWORK)
                    .ifPresent(network -> builder.addNetworks(NetworkAttachment.newBuilder()
                            .setNetworkId(id(network))
                            .setAddress("10.0.0.2/24")));
        }
        if (random.nextInt(10) == 0) {
            builder.getMetaBuilder().setVersion(task.getMeta().getVersion() - 1);
        }
        return builder.build();
    }

    private Optional<Message> any(ClusterState state, Kind kind) {
        List<Message> all = new ArrayList<>(state.objects(kind).values());
        return all.isEmpty() ? Optional.empty() : Optional.of(all.get(random.nextInt(all.size())));
    }

    private Kind kind() {
        Kind[] kinds = {
            Kind.KIND_NODE,
            Kind.KIND_SERVICE,
            Kind.KIND_REVISION,
            Kind.KIND_TASK,
            Kind.KIND_TASK,
            Kind.KIND_NETWORK,
            Kind.KIND_SECRET,
            Kind.KIND_CONFIG
        };
        return kinds[random.nextInt(kinds.length)];
    }

    private String id(Message object) {
        return StoredObjects.key(object).id();
    }

    private String fresh() {
        return "x" + ++created;
    }
}
