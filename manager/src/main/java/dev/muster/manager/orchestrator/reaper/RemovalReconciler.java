package dev.muster.manager.orchestrator.reaper;

import dev.muster.api.ChangeSet;
import dev.muster.api.Network;
import dev.muster.api.Service;
import dev.muster.api.ServiceRevision;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.manager.loop.ControlLoop;
import dev.muster.manager.loop.Decision;
import dev.muster.manager.orchestrator.slot.NewTasks;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ObjectKey;
import dev.muster.manager.state.Touched;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Takes what is to go to its end, in order: a service that is being removed has all its tasks stopped; a task that is to
 * be removed is deleted once it has stopped or never had a node; then the service with its revisions; then a network
 * that nothing uses any more. Revisions that nothing names go too.
 */
public final class RemovalReconciler implements ControlLoop {
    /** Changes in one change set. */
    private static final int CHUNK = 500;

    @Override
    public String name() {
        return "removal";
    }

    @Override
    public Decision decide(ClusterState state, Instant now, RandomGenerator random, Touched touched) {
        var changeSets = new ArrayList<ChangeSet>();
        deleteTasks(state, now, changeSets);
        for (var service : touched(state, touched)) {
            if (service.getPendingDelete()) {
                remove(state, service, now, changeSets);
            } else {
                deleteUnnamedRevisions(state, service, now, changeSets);
            }
        }
        for (var network : state.networks().values()) {
            if (network.getPendingDelete() && isUnused(state, network)) {
                changeSets.add(new ChangeSetBuilder(now, name()).delete(network).build());
            }
        }
        return new Decision(changeSets, Optional.empty(), List.of());
    }

    private static Collection<Service> touched(ClusterState state, Touched touched) {
        if (touched.everything()) {
            return state.services().values();
        }
        return touched.services().stream()
                .map(state::service)
                .flatMap(Optional::stream)
                .toList();
    }

    private void deleteTasks(ClusterState state, Instant now, List<ChangeSet> changeSets) {
        var changes = new ChangeSetBuilder(now, name());
        for (var task : state.tasksDesired(TaskState.TASK_REMOVE)) {
            if (isStopped(state, task)) {
                changes.delete(task);
            }
            if (changes.size() == CHUNK) {
                changeSets.add(changes.build());
                changes = new ChangeSetBuilder(now, name());
            }
        }
        changeSets.add(changes.build());
    }

    private static boolean isStopped(ClusterState state, Task task) {
        return TaskStates.ended(task)
                || TaskStates.before(task.getStatus().getState(), TaskState.TASK_ASSIGNED)
                || state.node(task.getNodeId()).isEmpty();
    }

    private void remove(ClusterState state, Service service, Instant now, List<ChangeSet> changeSets) {
        var tasks = state.tasksByService(service.getId());
        var changes = new ChangeSetBuilder(now, name());
        if (tasks.isEmpty()) {
            changes.delete(service);
            state.revisions(service.getId()).values().forEach(changes::delete);
            changeSets.add(changes.build());
            return;
        }
        for (var task : tasks) {
            if (task.getDesiredState() != TaskState.TASK_REMOVE) {
                changes.update(NewTasks.desire(task, TaskState.TASK_REMOVE));
            }
            if (changes.size() == CHUNK) {
                changeSets.add(changes.build());
                changes = new ChangeSetBuilder(now, name());
            }
        }
        changeSets.add(changes.build());
    }

    private void deleteUnnamedRevisions(ClusterState state, Service service, Instant now, List<ChangeSet> changeSets) {
        for (var revision : state.revisions(service.getId()).values()) {
            if (!isNamed(state, service, revision)) {
                // Its own change set: a task born of it at the same time keeps this one revision, no more.
                changeSets.add(
                        new ChangeSetBuilder(now, name()).delete(revision).build());
            }
        }
    }

    private static boolean isNamed(ClusterState state, Service service, ServiceRevision revision) {
        return revision.getRevision() == service.getRevision()
                || revision.getRevision() == service.getPreviousRevision()
                || state.tasksOfRevision(revision.getId()) > 0;
    }

    private static boolean isUnused(ClusterState state, Network network) {
        return state.servicesUsing(ObjectKey.network(network.getId())).isEmpty()
                && state.tasksByNetwork(network.getId()).isEmpty();
    }
}
