package dev.muster.manager.revision;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Node;
import dev.muster.api.PortConfig;
import dev.muster.api.PullOptions;
import dev.muster.api.ReplicatedJobMode;
import dev.muster.api.Service;
import dev.muster.api.ServiceSpec;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStatus;
import dev.muster.api.UpdateProgress;
import dev.muster.api.UpdateStatus;
import dev.muster.manager.simulation.Specs;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class SpecChangeTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final ServiceSpec V1 = Specs.replicated("web", 2).build();
    private static final Node NODE = Specs.node("n1").build();

    private static ServiceSpec change(UnaryOperator<ServiceSpec.Builder> change) {
        return change.apply(V1.toBuilder()).build();
    }

    private static Service created() {
        return SpecChange.created("svc", V1, NOW).service();
    }

    @Test
    void aNewServiceHasItsFirstRevision() {
        var change = SpecChange.created("svc", V1, NOW);
        assertThat(change.service().getRevision()).isEqualTo(1);
        assertThat(change.service().hasPreviousSpec()).isFalse();
        assertThat(change.revision()).contains(SpecChange.revision(change.service()));
        assertThat(change.revision().orElseThrow().getId()).isEqualTo("svc.1");
    }

    @Test
    void scalingKeepsTheRevisionAndEndsTheUpdateUnderWay() {
        var busy = created().toBuilder()
                .setUpdateStatus(UpdateStatus.newBuilder().setState(UpdateStatus.State.PAUSED))
                .setUpdateProgress(UpdateProgress.newBuilder().setRevision(1))
                .build();
        var scaled = change(spec -> {
            spec.getReplicatedBuilder().setReplicas(5);
            return spec;
        });
        var change = SpecChange.updated(busy, scaled, NOW);
        assertThat(change.revision()).isEmpty();
        assertThat(change.service())
                .isEqualTo(created().toBuilder()
                        .setSpec(scaled)
                        .setPreviousSpec(V1)
                        .setPreviousRevision(1)
                        .build());
    }

    @Test
    void aNumberNeverReturnsWithOtherContent() {
        var second = SpecChange.updated(created(), change(spec -> Specs.image(spec, "v2")), NOW)
                .service();
        assertThat(second.getRevision()).isEqualTo(2);
        var back = SpecChange.abandoned(second, "why").orElseThrow();
        assertThat(back.revision()).isEmpty();
        assertThat(back.service().getRevision()).isEqualTo(1);
        assertThat(back.service().getSpec()).isEqualTo(V1);
        assertThat(back.service().hasPreviousSpec()).isFalse();
        assertThat(back.service().getUpdateStatus().getMessage()).isEqualTo("why");
        assertThat(SpecChange.abandoned(back.service(), "again")).isEmpty();
        var third = SpecChange.updated(back.service(), change(spec -> Specs.image(spec, "v3")), NOW);
        assertThat(third.service().getRevision()).isEqualTo(3);
    }

    @Test
    void aManualRollbackChangesPlaces() {
        var second = SpecChange.updated(created(), change(spec -> Specs.image(spec, "v2")), NOW)
                .service();
        var back = SpecChange.rolledBack(second, NOW).orElseThrow().service();
        assertThat(back.getSpec()).isEqualTo(V1);
        assertThat(back.getPreviousSpec()).isEqualTo(second.getSpec());
        assertThat(back.getUpdateStatus().getState()).isEqualTo(UpdateStatus.State.ROLLBACK_STARTED);
        var again = SpecChange.rolledBack(back, NOW).orElseThrow().service();
        assertThat(again.getSpec()).isEqualTo(second.getSpec());
        assertThat(again.getRevision()).isEqualTo(2);
        assertThat(SpecChange.rolledBack(created(), NOW)).isEmpty();
    }

    @Test
    void everyChangeOfAJobIsANewIteration() {
        var spec = Specs.service("job")
                .setReplicatedJob(ReplicatedJobMode.getDefaultInstance())
                .build();
        var job = SpecChange.created("job", spec, NOW).service();
        assertThat(job.getJobStatus().getIteration()).isEqualTo(1);
        var again = SpecChange.updated(job, spec, NOW).service();
        assertThat(again.getJobStatus().getIteration()).isEqualTo(2);
        var back = SpecChange.rolledBack(again, NOW).orElseThrow().service();
        assertThat(back.getJobStatus().getIteration()).isEqualTo(3);
        assertThat(back.hasUpdateStatus()).isFalse();
    }

    @Test
    void labelsMakeANewRevisionButNoTaskOutdated() {
        var labelled = change(spec -> {
            spec.getAnnotationsBuilder().putLabels("a", "b");
            return spec;
        });
        assertThat(SpecChange.updated(created(), labelled, NOW).revision()).isPresent();
        assertThat(dirty(labelled, TaskState.TASK_RUNNING)).isFalse();
    }

    @Test
    void whatTasksAreMadeOfMakesThemOutdated() {
        assertThat(dirty(change(spec -> Specs.image(spec, "v2")), TaskState.TASK_RUNNING))
                .isTrue();
        assertThat(dirty(
                        change(spec -> {
                            spec.getTaskBuilder().setForceUpdate(1);
                            return spec;
                        }),
                        TaskState.TASK_RUNNING))
                .isTrue();
        assertThat(dirty(change(spec -> Specs.published(spec, 80, 8080)), TaskState.TASK_RUNNING))
                .isTrue();
    }

    @Test
    void placementAloneMattersOnlyWhereTheNodeNoLongerFits() {
        assertThat(dirty(change(spec -> Specs.constrained(spec, "node.id == n1")), TaskState.TASK_RUNNING))
                .isFalse();
        assertThat(dirty(change(spec -> Specs.constrained(spec, "node.id != n1")), TaskState.TASK_RUNNING))
                .isTrue();
        assertThat(dirty(
                        change(spec -> Specs.image(Specs.constrained(spec, "node.id == n1"), "v2")),
                        TaskState.TASK_RUNNING))
                .isTrue();
    }

    @Test
    void credentialsAloneMatterOnlyBeforeTheImageIsThere() {
        var other = change(spec -> {
            spec.getTaskBuilder()
                    .getContainerBuilder()
                    .setPull(PullOptions.newBuilder().setRegistryAuth("x"));
            return spec;
        });
        assertThat(dirty(other, TaskState.TASK_RUNNING)).isFalse();
        assertThat(dirty(other, TaskState.TASK_READY)).isFalse();
        assertThat(dirty(other, TaskState.TASK_PREPARING)).isTrue();
        assertThat(dirty(other, TaskState.TASK_FAILED)).isTrue();
    }

    @Test
    void anEndpointThatSaysNothingEqualsNone() {
        var service = SpecChange.updated(
                        created(),
                        change(spec -> Specs.constrained(spec, "node.id == n1")
                                .setEndpoint(
                                        spec.getEndpointBuilder().clearPorts().addAllPorts(List.<PortConfig>of()))),
                        NOW)
                .service();
        assertThat(Dirtiness.dirty(
                        service, task(TaskState.TASK_RUNNING), SpecChange.revision(created()), Optional.of(NODE)))
                .isFalse();
    }

    /** Whether a task of the first revision is outdated by the changed spec. */
    private static boolean dirty(ServiceSpec changed, TaskState observed) {
        var service = SpecChange.updated(created(), changed, NOW).service();
        return Dirtiness.dirty(service, task(observed), SpecChange.revision(created()), Optional.of(NODE));
    }

    private static Task task(TaskState observed) {
        return Task.newBuilder()
                .setRevision(1)
                .setNodeId("n1")
                .setDesiredState(TaskState.TASK_RUNNING)
                .setStatus(TaskStatus.newBuilder().setState(observed))
                .build();
    }
}
