package dev.muster.manager.state;

import com.google.protobuf.Message;
import dev.muster.api.Ids;
import dev.muster.api.Meta;
import dev.muster.api.Service;
import dev.muster.api.ServiceRevision;
import dev.muster.api.Task;

/**
 * Puts objects together to a state without asking the reducer: for tests that begin in the middle. What a test leaves
 * out is filled in where the rest of the manager relies on it: versions, the revision that a service or task names.
 * One thread.
 */
public final class ClusterStateBuilder {
    private ClusterState state;

    public ClusterStateBuilder() {
        this(ClusterState.EMPTY);
    }

    public ClusterStateBuilder(ClusterState from) {
        state = from;
    }

    /**
     * Adds or replaces an object. A service at revision 0 becomes one at revision 1; the revision that a service or task
     * names is made from the service's spec if it is not there.
     */
    public ClusterStateBuilder put(Message object) {
        switch (object) {
            case Service service -> {
                var numbered = service.getRevision() == 0
                        ? service.toBuilder().setRevision(1).build()
                        : service;
                putRevision(numbered, numbered.getRevision());
                store(numbered);
            }
            case Task task -> {
                long revision = Math.max(task.getRevision(), 1);
                state.service(task.getServiceId()).ifPresent(service -> putRevision(service, revision));
                store(task.toBuilder().setRevision(revision).build());
            }
            default -> store(object);
        }
        return this;
    }

    public ClusterStateBuilder remove(ObjectKey key) {
        state = state.with(key, null).withVersion(state.version() + 1);
        return this;
    }

    public ClusterState build() {
        return state;
    }

    private void putRevision(Service service, long revision) {
        var id = Ids.revision(service.getId(), revision);
        if (state.contains(ObjectKey.revision(id))) {
            return;
        }
        store(ServiceRevision.newBuilder()
                .setId(id)
                .setServiceId(service.getId())
                .setRevision(revision)
                .setServiceName(service.getSpec().getAnnotations().getName())
                .putAllServiceLabels(service.getSpec().getAnnotations().getLabelsMap())
                .setTask(service.getSpec().getTask())
                .setEndpoint(service.getSpec().getEndpoint())
                .build());
    }

    private void store(Message object) {
        long version = state.version() + 1;
        var meta = StoredObjects.meta(object);
        var stamped = meta.getVersion() == 0
                ? StoredObjects.withMeta(
                        object, Meta.newBuilder(meta).setVersion(version).build())
                : object;
        state = state.with(StoredObjects.key(object), stamped).withVersion(version);
    }
}
