package dev.muster.manager.revision;

import dev.muster.api.Ids;
import dev.muster.api.JobStatus;
import dev.muster.api.Service;
import dev.muster.api.ServiceRevision;
import dev.muster.api.ServiceSpec;
import dev.muster.api.Timestamps;
import dev.muster.api.UpdateStatus;
import java.time.Instant;
import java.util.Optional;

/**
 * A service as a change of its spec leaves it, and the revision to create with it, in the same change set. A spec that
 * makes the same tasks keeps its revision; a number, once given, never returns with other content. Every change by a
 * user ends the update that is under way, so that a new one begins with what is outdated now.
 *
 * @param service to create or update; carries the meta of the service it was made from
 * @param revision to create; empty if the service goes on with a stored one
 */
public record SpecChange(Service service, Optional<ServiceRevision> revision) {
    /** Swarm's words for a rollback that a user asked for. */
    public static final String MANUAL_ROLLBACK = "manually requested rollback";

    /** A new service. */
    public static SpecChange created(String id, ServiceSpec spec, Instant now) {
        var service =
                Service.newBuilder().setId(id).setSpec(spec).setRevision(1).setLatestRevision(1);
        if (isJob(spec)) {
            service.setJobStatus(JobStatus.newBuilder().setIteration(1).setLastExecution(Timestamps.of(now)));
        }
        return new SpecChange(service.build(), Optional.of(revision(service.build())));
    }

    /** A user's update, of whatever part: scaling and labels too. */
    public static SpecChange updated(Service stored, ServiceSpec spec, Instant now) {
        var next = stored.toBuilder()
                .setSpec(spec)
                .setPreviousSpec(stored.getSpec())
                .setPreviousRevision(stored.getRevision())
                .clearUpdateStatus()
                .clearUpdateProgress();
        runAgain(next, spec, now);
        if (revision(stored).toBuilder()
                .setRevision(0)
                .clearId()
                .build()
                .equals(revision(next.build()).toBuilder()
                        .setRevision(0)
                        .clearId()
                        .build())) {
            return new SpecChange(next.build(), Optional.empty());
        }
        long number =
                Math.max(stored.getLatestRevision(), Math.max(stored.getRevision(), stored.getPreviousRevision())) + 1;
        next.setRevision(number).setLatestRevision(number);
        return new SpecChange(next.build(), Optional.of(revision(next.build())));
    }

    /**
     * A rollback that a user asked for: current and previous spec change places, so a second one takes it back.
     * Empty if there is no previous spec.
     */
    public static Optional<SpecChange> rolledBack(Service stored, Instant now) {
        if (!stored.hasPreviousSpec()) {
            return Optional.empty();
        }
        var next = stored.toBuilder()
                .setSpec(stored.getPreviousSpec())
                .setRevision(stored.getPreviousRevision())
                .setPreviousSpec(stored.getSpec())
                .setPreviousRevision(stored.getRevision())
                .clearUpdateProgress()
                .setUpdateStatus(UpdateStatus.newBuilder()
                        .setState(UpdateStatus.State.ROLLBACK_STARTED)
                        .setStartedAt(Timestamps.of(now))
                        .setMessage(MANUAL_ROLLBACK));
        runAgain(next, stored.getPreviousSpec(), now);
        return Optional.of(new SpecChange(next.build(), Optional.empty()));
    }

    /**
     * A rollback because an update failed: there is nothing to come back to afterwards. Empty if there is no previous
     * spec.
     *
     * @param message why, for users
     */
    public static Optional<SpecChange> abandoned(Service stored, String message) {
        if (!stored.hasPreviousSpec()) {
            return Optional.empty();
        }
        var next = stored.toBuilder()
                .setSpec(stored.getPreviousSpec())
                .setRevision(stored.getPreviousRevision())
                .clearPreviousSpec()
                .clearPreviousRevision()
                .clearUpdateProgress();
        next.getUpdateStatusBuilder()
                .setState(UpdateStatus.State.ROLLBACK_STARTED)
                .setMessage(message)
                .clearCompletedAt();
        return Optional.of(new SpecChange(next.build(), Optional.empty()));
    }

    /** The revision that the service's spec is. */
    public static ServiceRevision revision(Service service) {
        var spec = service.getSpec();
        return ServiceRevision.newBuilder()
                .setId(Ids.revision(service.getId(), service.getRevision()))
                .setServiceId(service.getId())
                .setRevision(service.getRevision())
                .setServiceName(spec.getAnnotations().getName())
                .putAllServiceLabels(spec.getAnnotations().getLabelsMap())
                .setTask(spec.getTask())
                .setEndpoint(spec.getEndpoint())
                .build();
    }

    private static void runAgain(Service.Builder service, ServiceSpec spec, Instant now) {
        if (isJob(spec)) {
            service.setJobStatus(JobStatus.newBuilder()
                    .setIteration(service.getJobStatus().getIteration() + 1)
                    .setLastExecution(Timestamps.of(now)));
            service.clearUpdateStatus();
        }
    }

    private static boolean isJob(ServiceSpec spec) {
        return spec.hasReplicatedJob() || spec.hasGlobalJob();
    }
}
