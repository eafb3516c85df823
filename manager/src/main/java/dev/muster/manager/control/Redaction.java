package dev.muster.manager.control;

import dev.muster.api.Cluster;
import dev.muster.api.Secret;
import dev.muster.api.Service;
import dev.muster.api.ServiceRevision;
import dev.muster.api.ServiceSpec;
import dev.muster.api.TaskSpec;

/** Objects as they may be shown: without secrets' data, registry credentials and keys. Pure. */
final class Redaction {
    private Redaction() {}

    static Secret shown(Secret secret) {
        var shown = secret.toBuilder();
        shown.getSpecBuilder().clearData();
        return shown.build();
    }

    static Service shown(Service service) {
        var hidesCurrent = hidesCredentials(service.getSpec());
        if (!hidesCurrent && !hidesCredentials(service.getPreviousSpec())) {
            return service;
        }
        var shown = service.toBuilder();
        if (hidesCurrent) {
            shown.setSpec(shown(service.getSpec()));
        }
        if (service.hasPreviousSpec()) {
            shown.setPreviousSpec(shown(service.getPreviousSpec()));
        }
        return shown.build();
    }

    static ServiceRevision shown(ServiceRevision revision) {
        return revision.toBuilder().setTask(shown(revision.getTask())).build();
    }

    static Cluster shown(Cluster cluster) {
        var shown =
                cluster.toBuilder().clearActiveDataKey().clearDataKeyRotation().clearUnlockKey();
        shown.getRootCaBuilder().clearKeyPem().clearWorkerTokenSecret().clearManagerTokenSecret();
        if (shown.getRootCa().hasRotation()) {
            shown.getRootCaBuilder()
                    .getRotationBuilder()
                    .clearKeyPem()
                    .clearWorkerTokenSecret()
                    .clearManagerTokenSecret();
        }
        shown.getSpecBuilder().clearSigningCaKeyPem();
        return shown.build();
    }

    private static boolean hidesCredentials(ServiceSpec spec) {
        return spec.getTask().getContainer().hasPull();
    }

    private static ServiceSpec shown(ServiceSpec spec) {
        return spec.toBuilder().setTask(shown(spec.getTask())).build();
    }

    private static TaskSpec shown(TaskSpec task) {
        if (!task.getContainer().hasPull()) {
            return task;
        }
        return task.toBuilder()
                .setContainer(task.getContainer().toBuilder().clearPull())
                .build();
    }
}
