package dev.muster.manager.state;

import dev.muster.api.Ids;
import dev.muster.api.Kind;
import dev.muster.api.Network;
import dev.muster.api.Service;
import dev.muster.api.ServiceRevision;
import dev.muster.api.Task;
import dev.muster.api.TaskStates;
import java.util.function.Consumer;

/**
 * What must hold between objects after a change set: nothing names what is not there, so that no loop ever meets a
 * dangling id. Checked for each object that the change set wrote, on the whole draft, so the order of changes is free.
 */
final class ReferenceRules {
    private ReferenceRules() {}

    static void check(ClusterState before, ClusterState draft, ObjectKey key, Consumer<Rejection> reject) {
        var object = draft.object(key);
        if (object.isEmpty()) {
            deleted(draft, key, reject);
            return;
        }
        switch (object.get()) {
            case Service service -> service(draft, key, service, reject);
            case ServiceRevision revision -> exists(draft, key, ObjectKey.service(revision.getServiceId()), reject);
            case Task task -> task(before, draft, key, task, reject);
            case Network network -> {
                if (network.getPendingDelete()) {
                    usedByStayingService(draft, key, reject);
                }
            }
            default -> {}
        }
    }

    private static void service(ClusterState draft, ObjectKey key, Service service, Consumer<Rejection> reject) {
        exists(draft, key, ObjectKey.revision(Ids.revision(service.getId(), service.getRevision())), reject);
        if (service.getPreviousRevision() != 0) {
            exists(
                    draft,
                    key,
                    ObjectKey.revision(Ids.revision(service.getId(), service.getPreviousRevision())),
                    reject);
        }
        if (service.getPendingDelete()) {
            return;
        }
        for (var used : ReferenceIndex.references(service)) {
            boolean leaving = used.kind() == Kind.KIND_NETWORK
                    && draft.network(used.id()).map(Network::getPendingDelete).orElse(false);
            if (leaving || !draft.contains(used)) {
                reject.accept(new Rejection.MissingReference(key, used));
            }
        }
    }

    private static void task(
            ClusterState before, ClusterState draft, ObjectKey key, Task task, Consumer<Rejection> reject) {
        var serviceKey = ObjectKey.service(task.getServiceId());
        boolean born = !before.contains(key);
        if (born
                && draft.service(task.getServiceId())
                        .map(Service::getPendingDelete)
                        .orElse(true)) {
            reject.accept(new Rejection.MissingReference(key, serviceKey));
        } else {
            exists(draft, key, serviceKey, reject);
        }
        exists(draft, key, ObjectKey.revision(Ids.revision(task)), reject);
        if (TaskStates.ended(task)) {
            return;
        }
        if (!task.getNodeId().isEmpty()) {
            exists(draft, key, ObjectKey.node(task.getNodeId()), reject);
        }
        task.getNetworksList()
                .forEach(attachment -> exists(draft, key, ObjectKey.network(attachment.getNetworkId()), reject));
    }

    private static void deleted(ClusterState draft, ObjectKey key, Consumer<Rejection> reject) {
        var id = key.id();
        switch (key.kind()) {
            case KIND_SERVICE -> {
                draft.slots(id).values().stream()
                        .findFirst()
                        .ifPresent(tasks -> reject.accept(new Rejection.InUse(key, ObjectKey.task(tasks.firstKey()))));
                draft.revisions(id).keySet().stream()
                        .findFirst()
                        .ifPresent(revision -> reject.accept(new Rejection.InUse(key, ObjectKey.revision(revision))));
            }
            case KIND_REVISION -> revisionDeleted(draft, key, reject);
            case KIND_NETWORK -> {
                draft.servicesUsing(key).keySet().stream()
                        .findFirst()
                        .ifPresent(service -> reject.accept(new Rejection.InUse(key, ObjectKey.service(service))));
                draft.tasksByNetwork(id).keySet().stream()
                        .findFirst()
                        .ifPresent(task -> reject.accept(new Rejection.InUse(key, ObjectKey.task(task))));
            }
            case KIND_SECRET, KIND_CONFIG -> usedByStayingService(draft, key, reject);
            case KIND_NODE ->
                draft.tasksByNode(id).values().stream()
                        .filter(task -> !TaskStates.ended(task))
                        .findFirst()
                        .ifPresent(task -> reject.accept(new Rejection.InUse(key, ObjectKey.task(task.getId()))));
            case KIND_TASK, KIND_CLUSTER, KIND_VOLUME, KIND_UNSPECIFIED, UNRECOGNIZED -> {}
        }
    }

    private static void revisionDeleted(ClusterState draft, ObjectKey key, Consumer<Rejection> reject) {
        var id = key.id();
        var serviceId = id.substring(0, id.lastIndexOf('.'));
        if (draft.tasksOfRevision(id) > 0) {
            draft.tasksByService(serviceId).stream()
                    .filter(task -> Ids.revision(task).equals(id))
                    .findFirst()
                    .ifPresent(task -> reject.accept(new Rejection.InUse(key, ObjectKey.task(task.getId()))));
        }
        draft.service(serviceId)
                .filter(service -> id.equals(Ids.revision(serviceId, service.getRevision()))
                        || id.equals(Ids.revision(serviceId, service.getPreviousRevision())))
                .ifPresent(service -> reject.accept(new Rejection.InUse(key, ObjectKey.service(serviceId))));
    }

    private static void usedByStayingService(ClusterState draft, ObjectKey key, Consumer<Rejection> reject) {
        draft.servicesUsing(key).values().stream()
                .filter(service -> !service.getPendingDelete())
                .findFirst()
                .ifPresent(service -> reject.accept(new Rejection.InUse(key, ObjectKey.service(service.getId()))));
    }

    private static void exists(ClusterState draft, ObjectKey from, ObjectKey to, Consumer<Rejection> reject) {
        if (!draft.contains(to)) {
            reject.accept(new Rejection.MissingReference(from, to));
        }
    }
}
