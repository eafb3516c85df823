package dev.muster.manager.state;

import com.google.protobuf.Message;
import dev.muster.api.Cluster;
import dev.muster.api.Ids;
import dev.muster.api.Network;
import dev.muster.api.Service;
import dev.muster.api.ServiceRevision;
import dev.muster.api.Task;
import dev.muster.api.TaskStates;
import org.jspecify.annotations.Nullable;

/** What an object may become, given what it was: the rules that no proposer can break. Each answers the broken rule. */
final class TransitionRules {
    private TransitionRules() {}

    static @Nullable String onCreate(Message object) {
        return switch (object) {
            case Task task -> {
                if (!TaskStates.desirable(task.getDesiredState())) {
                    yield "a task cannot be desired " + TaskStates.display(task.getDesiredState());
                }
                if (!TaskStates.observable(task.getStatus().getState())) {
                    yield "a task cannot be observed "
                            + TaskStates.display(task.getStatus().getState());
                }
                yield null;
            }
            case ServiceRevision revision ->
                revision.getId().equals(Ids.revision(revision.getServiceId(), revision.getRevision()))
                        ? null
                        : "the id of a revision is its service's id and its number: "
                                + Ids.revision(revision.getServiceId(), revision.getRevision());
            default -> null;
        };
    }

    static @Nullable String onUpdate(Message before, Message after) {
        return switch (after) {
            case Task task -> task((Task) before, task);
            case ServiceRevision _ -> "a revision never changes";
            case Service service ->
                ((Service) before).getPendingDelete() && !service.getPendingDelete()
                        ? "a service that is being removed cannot be taken back"
                        : null;
            case Network network ->
                ((Network) before).getPendingDelete() && !network.getPendingDelete()
                        ? "a network that is being removed cannot be taken back"
                        : null;
            case Cluster cluster -> cluster((Cluster) before, cluster);
            default -> null;
        };
    }

    private static @Nullable String task(Task before, Task after) {
        var observedBefore = before.getStatus().getState();
        var observedAfter = after.getStatus().getState();
        if (!TaskStates.mayObserve(observedBefore, observedAfter)) {
            return "observed state cannot go from " + TaskStates.display(observedBefore) + " to "
                    + TaskStates.display(observedAfter);
        }
        if (!TaskStates.mayDesire(before.getDesiredState(), after.getDesiredState())) {
            return "desired state cannot go from " + TaskStates.display(before.getDesiredState()) + " to "
                    + TaskStates.display(after.getDesiredState());
        }
        if (!before.getServiceId().equals(after.getServiceId())
                || before.getRevision() != after.getRevision()
                || before.getSlot() != after.getSlot()) {
            return "a task keeps its service, revision and slot";
        }
        if (!before.getNodeId().isEmpty() && !before.getNodeId().equals(after.getNodeId())) {
            return "a task keeps its node once it has one";
        }
        return null;
    }

    private static @Nullable String cluster(Cluster before, Cluster after) {
        if (after.getEpoch() < before.getEpoch()) {
            return "the epoch cannot go from " + before.getEpoch() + " to " + after.getEpoch();
        }
        if (Integer.compareUnsigned(after.getFeatureLevel(), before.getFeatureLevel()) < 0) {
            return "the feature level cannot go from " + before.getFeatureLevel() + " to " + after.getFeatureLevel();
        }
        return null;
    }
}
