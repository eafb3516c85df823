package dev.muster.manager.state;

import com.google.protobuf.Message;
import dev.muster.api.Cluster;
import dev.muster.api.Config;
import dev.muster.api.Kind;
import dev.muster.api.Meta;
import dev.muster.api.Network;
import dev.muster.api.Node;
import dev.muster.api.Secret;
import dev.muster.api.Service;
import dev.muster.api.ServiceRevision;
import dev.muster.api.StoredObject;
import dev.muster.api.Task;
import dev.muster.api.Volume;

/** What all kinds of stored objects have in common: kind, id, meta, a name. The one place that lists the kinds. Pure. */
public final class StoredObjects {
    private StoredObjects() {}

    /** The object inside; throws if there is none. */
    public static Message unwrap(StoredObject stored) {
        return switch (stored.getObjectCase()) {
            case CLUSTER -> stored.getCluster();
            case NODE -> stored.getNode();
            case SERVICE -> stored.getService();
            case REVISION -> stored.getRevision();
            case TASK -> stored.getTask();
            case NETWORK -> stored.getNetwork();
            case SECRET -> stored.getSecret();
            case CONFIG -> stored.getConfig();
            case VOLUME -> stored.getVolume();
            case OBJECT_NOT_SET -> throw new IllegalArgumentException("a stored object of a kind unknown here");
        };
    }

    public static StoredObject wrap(Message object) {
        var stored = StoredObject.newBuilder();
        return switch (object) {
            case Cluster cluster -> stored.setCluster(cluster).build();
            case Node node -> stored.setNode(node).build();
            case Service service -> stored.setService(service).build();
            case ServiceRevision revision -> stored.setRevision(revision).build();
            case Task task -> stored.setTask(task).build();
            case Network network -> stored.setNetwork(network).build();
            case Secret secret -> stored.setSecret(secret).build();
            case Config config -> stored.setConfig(config).build();
            case Volume volume -> stored.setVolume(volume).build();
            default -> throw notStored(object);
        };
    }

    public static ObjectKey key(Message object) {
        return switch (object) {
            case Cluster cluster -> new ObjectKey(Kind.KIND_CLUSTER, cluster.getId());
            case Node node -> new ObjectKey(Kind.KIND_NODE, node.getId());
            case Service service -> new ObjectKey(Kind.KIND_SERVICE, service.getId());
            case ServiceRevision revision -> new ObjectKey(Kind.KIND_REVISION, revision.getId());
            case Task task -> new ObjectKey(Kind.KIND_TASK, task.getId());
            case Network network -> new ObjectKey(Kind.KIND_NETWORK, network.getId());
            case Secret secret -> new ObjectKey(Kind.KIND_SECRET, secret.getId());
            case Config config -> new ObjectKey(Kind.KIND_CONFIG, config.getId());
            case Volume volume -> new ObjectKey(Kind.KIND_VOLUME, volume.getId());
            default -> throw notStored(object);
        };
    }

    public static Meta meta(Message object) {
        return switch (object) {
            case Cluster cluster -> cluster.getMeta();
            case Node node -> node.getMeta();
            case Service service -> service.getMeta();
            case ServiceRevision revision -> revision.getMeta();
            case Task task -> task.getMeta();
            case Network network -> network.getMeta();
            case Secret secret -> secret.getMeta();
            case Config config -> config.getMeta();
            case Volume volume -> volume.getMeta();
            default -> throw notStored(object);
        };
    }

    public static Message withMeta(Message object, Meta meta) {
        return switch (object) {
            case Cluster cluster -> cluster.toBuilder().setMeta(meta).build();
            case Node node -> node.toBuilder().setMeta(meta).build();
            case Service service -> service.toBuilder().setMeta(meta).build();
            case ServiceRevision revision -> revision.toBuilder().setMeta(meta).build();
            case Task task -> task.toBuilder().setMeta(meta).build();
            case Network network -> network.toBuilder().setMeta(meta).build();
            case Secret secret -> secret.toBuilder().setMeta(meta).build();
            case Config config -> config.toBuilder().setMeta(meta).build();
            case Volume volume -> volume.toBuilder().setMeta(meta).build();
            default -> throw notStored(object);
        };
    }

    /**
     * The name that no other object of the kind may have; empty where names are not unique (nodes, tasks, revisions)
     * and for what is about to be deleted, whose name is free already.
     */
    public static String uniqueName(Message object) {
        return switch (object) {
            case Cluster cluster -> cluster.getSpec().getAnnotations().getName();
            case Service service ->
                service.getPendingDelete()
                        ? ""
                        : service.getSpec().getAnnotations().getName();
            case Network network ->
                network.getPendingDelete()
                        ? ""
                        : network.getSpec().getAnnotations().getName();
            case Secret secret -> secret.getSpec().getAnnotations().getName();
            case Config config -> config.getSpec().getAnnotations().getName();
            case Volume volume -> volume.getAnnotations().getName();
            default -> "";
        };
    }

    private static IllegalArgumentException notStored(Message object) {
        return new IllegalArgumentException(
                "not a stored object: " + object.getDescriptorForType().getFullName());
    }
}
