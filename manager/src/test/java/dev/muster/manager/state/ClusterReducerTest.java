package dev.muster.manager.state;

import static dev.muster.manager.state.Objects.AT;
import static dev.muster.manager.state.Objects.changes;
import static dev.muster.manager.state.Objects.cluster;
import static dev.muster.manager.state.Objects.config;
import static dev.muster.manager.state.Objects.entry;
import static dev.muster.manager.state.Objects.network;
import static dev.muster.manager.state.Objects.node;
import static dev.muster.manager.state.Objects.observed;
import static dev.muster.manager.state.Objects.revision;
import static dev.muster.manager.state.Objects.secret;
import static dev.muster.manager.state.Objects.service;
import static dev.muster.manager.state.Objects.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.api.ChangeSet;
import dev.muster.api.Kind;
import dev.muster.api.NetworkAttachment;
import dev.muster.api.Service;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.Timestamps;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClusterReducerTest {
    private static final Service WEB = service("web", List.of("net"), List.of("key"));
    private static final Task TASK = task("t1", WEB, 1);

    private ClusterState state = ClusterState.EMPTY;

    @Test
    void stampsVersionAndTimes() {
        accept(changes().create(config("c1", "one")).create(config("c2", "two")));
        var created = state.config("c1").orElseThrow().getMeta();
        assertThat(created.getVersion()).isEqualTo(1);
        assertThat(state.config("c2").orElseThrow().getMeta()).isEqualTo(created);
        assertThat(created.getCreatedAt()).isEqualTo(Timestamps.of(AT));

        var later = AT.plus(Duration.ofMinutes(1));
        accept(new ChangeSetBuilder(later, "test").update(state.config("c1").orElseThrow()));
        var updated = state.config("c1").orElseThrow().getMeta();
        assertThat(updated.getVersion()).isEqualTo(2);
        assertThat(updated.getCreatedAt()).isEqualTo(Timestamps.of(AT));
        assertThat(updated.getUpdatedAt()).isEqualTo(Timestamps.of(later));
        assertThat(state.version()).isEqualTo(2);
    }

    @Test
    void takesOrLeavesEachChangeSetAlone() {
        var applied = ClusterReducer.apply(
                state,
                entry(
                        0,
                        7,
                        changes().create(config("c1", "one")).build(),
                        changes()
                                .create(config("c2", "two"))
                                .create(config("c1", "again"))
                                .build(),
                        changes().create(config("c3", "three")).build()),
                7);
        assertThat(applied.verdicts())
                .containsExactly(
                        new Verdict.Accepted(1),
                        new Verdict.Rejected(
                                List.of(new Rejection.AlreadyExists(new ObjectKey(Kind.KIND_CONFIG, "c1")))),
                        new Verdict.Accepted(2));
        assertThat(applied.state().configs().keySet()).containsExactly("c1", "c3");
        assertThat(applied.touched().ids(Kind.KIND_CONFIG)).containsExactly("c1", "c3");
    }

    @Test
    void rejectsAnUpdateOfWhatWasWrittenSinceItWasRead() {
        accept(changes().create(config("c1", "one")));
        var read = state.config("c1").orElseThrow();
        accept(changes().update(read));
        var key = new ObjectKey(Kind.KIND_CONFIG, "c1");
        reject(changes().update(read), new Rejection.VersionConflict(key, 1, 2));
        reject(changes().delete(read), new Rejection.VersionConflict(key, 1, 2));
    }

    @Test
    void rejectsWhatIsNotThere() {
        var key = new ObjectKey(Kind.KIND_CONFIG, "c1");
        reject(changes().update(config("c1", "one")), new Rejection.Missing(key));
        reject(changes().delete(config("c1", "one")), new Rejection.Missing(key));
    }

    @Test
    void namesAreUniquePerKindWhateverTheirCase() {
        accept(changes().create(config("c1", "Site.Conf")).create(secret("s1")));
        reject(
                changes().create(config("c2", "site.conf")),
                new Rejection.NameTaken(Kind.KIND_CONFIG, "site.conf", "c1"));
        assertThat(state.configNamed("SITE.CONF").orElseThrow().getId()).isEqualTo("c1");
        accept(changes().delete(state.config("c1").orElseThrow()).create(config("c2", "site.conf")));
        assertThat(state.configNamed("Site.conf").orElseThrow().getId()).isEqualTo("c2");
    }

    @Test
    void requirementsAreCheckedAgainstTheStateBefore() {
        accept(changes().create(node("n1")));
        var read = state.node("n1").orElseThrow();
        accept(changes().require(read).create(config("c1", "one")));
        accept(changes().update(read));
        reject(
                changes().require(read).create(config("c2", "two")),
                new Rejection.RequirementFailed(ObjectKey.node("n1"), "was read at version 1 and is at 3"));
        reject(
                changes().requireExists(ObjectKey.node("n2")).create(config("c2", "two")),
                new Rejection.RequirementFailed(ObjectKey.node("n2"), "does not exist"));
        reject(
                changes().requireAbsent(ObjectKey.node("n1")).create(config("c2", "two")),
                new Rejection.RequirementFailed(ObjectKey.node("n1"), "exists"));
        accept(changes().requireAbsent(ObjectKey.node("n2")).create(config("c2", "two")));
    }

    @Test
    void aStaleFenceStopsEverything() {
        accept(changes().create(cluster("c")));
        var raised = state.cluster().orElseThrow().toBuilder().setEpoch(3).build();
        accept(changes().update(raised));
        var change = changes().create(config("c1", "one")).build();
        assertThat(ClusterReducer.apply(state, entry(3, 4, change), 5).verdicts())
                .containsExactly(new Verdict.Rejected(List.of(new Rejection.StaleFence(3, 4, 3, 5))));
        assertThat(ClusterReducer.apply(state, entry(2, 5, change), 5).verdicts())
                .containsExactly(new Verdict.Rejected(List.of(new Rejection.StaleFence(2, 5, 3, 5))));
        assertThat(ClusterReducer.apply(state, entry(3, 5, change), 5).verdicts())
                .containsExactly(new Verdict.Accepted(3));
    }

    @Test
    void epochAndFeatureLevelNeverFall() {
        accept(changes().create(cluster("c")));
        var key = ObjectKey.cluster("c");
        accept(changes()
                .update(state.cluster().orElseThrow().toBuilder().setEpoch(1).build()));
        reject(
                changes()
                        .update(state.cluster().orElseThrow().toBuilder()
                                .setEpoch(0)
                                .build()),
                new Rejection.Illegal(key, "the epoch cannot go from 1 to 0"));
        reject(
                changes()
                        .update(state.cluster().orElseThrow().toBuilder()
                                .setFeatureLevel(0)
                                .build()),
                new Rejection.Illegal(key, "the feature level cannot go from 1 to 0"));
        reject(
                changes().create(cluster("d")),
                new Rejection.Illegal(ObjectKey.cluster("d"), "there is a cluster already"));
        reject(
                changes().delete(state.cluster().orElseThrow()),
                new Rejection.Illegal(key, "the cluster cannot be deleted"));
    }

    @Test
    void stopsAtAFeatureLevelOrFormatThatIsNewer() {
        var future = cluster("c").toBuilder()
                .setFeatureLevel(ClusterReducer.FEATURE_LEVEL + 1)
                .build();
        assertThatThrownBy(() -> ClusterReducer.apply(
                        state, entry(0, 1, changes().create(future).build()), 1))
                .isInstanceOf(UnreadableLogException.class)
                .hasMessageContaining("feature level");
        var newer = entry(0, 1, changes().create(cluster("c")).build()).toBuilder()
                .setFormat(99)
                .build();
        assertThatThrownBy(() -> ClusterReducer.apply(state, newer, 1))
                .isInstanceOf(UnreadableLogException.class)
                .hasMessageContaining("format 99");
    }

    @Test
    void aServiceIsBornOnlyWithWhatItNames() {
        reject(
                changes().create(WEB).create(revision(WEB, 1)),
                new Rejection.MissingReference(ObjectKey.service("web"), ObjectKey.network("net")),
                new Rejection.MissingReference(ObjectKey.service("web"), ObjectKey.secret("key")));
        accept(changes().create(network("net")).create(secret("key")));
        reject(
                changes().create(WEB),
                new Rejection.MissingReference(ObjectKey.service("web"), ObjectKey.revision("web.1")));
        accept(changes().create(WEB).create(revision(WEB, 1)));
    }

    @Test
    void whatIsInUseStays() {
        deployWeb();
        reject(
                changes().delete(state.secret("key").orElseThrow()),
                new Rejection.InUse(ObjectKey.secret("key"), ObjectKey.service("web")));
        reject(
                changes().delete(state.network("net").orElseThrow()),
                new Rejection.InUse(ObjectKey.network("net"), ObjectKey.service("web")));
        var leaving = state.network("net").orElseThrow().toBuilder()
                .setPendingDelete(true)
                .build();
        reject(changes().update(leaving), new Rejection.InUse(ObjectKey.network("net"), ObjectKey.service("web")));
        reject(
                changes().delete(state.revision("web", 1).orElseThrow()),
                new Rejection.InUse(ObjectKey.revision("web.1"), ObjectKey.task("t1")),
                new Rejection.InUse(ObjectKey.revision("web.1"), ObjectKey.service("web")));
        reject(
                changes().delete(state.service("web").orElseThrow()),
                new Rejection.InUse(ObjectKey.service("web"), ObjectKey.task("t1")),
                new Rejection.InUse(ObjectKey.service("web"), ObjectKey.revision("web.1")));
    }

    @Test
    void aStackGoesInTwoSteps() {
        deployWeb();
        var service = state.service("web").orElseThrow().toBuilder()
                .setPendingDelete(true)
                .build();
        var network = state.network("net").orElseThrow().toBuilder()
                .setPendingDelete(true)
                .build();
        accept(changes()
                .update(network)
                .update(service)
                .delete(state.secret("key").orElseThrow()));
        assertThat(state.serviceNamed("svc-web")).isEmpty();
        reject(
                changes()
                        .update(state.service("web").orElseThrow().toBuilder()
                                .setPendingDelete(false)
                                .build()),
                new Rejection.Illegal(
                        ObjectKey.service("web"), "a service that is being removed cannot be taken back"));
        reject(
                changes().create(task("t2", WEB, 2)),
                new Rejection.MissingReference(ObjectKey.task("t2"), ObjectKey.service("web")));
        var again = service("web2", List.of(), List.of()).toBuilder()
                .setSpec(service("web").getSpec())
                .build();
        accept(changes().create(again).create(revision(again, 1)));

        accept(changes()
                .delete(state.task("t1").orElseThrow())
                .delete(state.revision("web", 1).orElseThrow())
                .delete(state.service("web").orElseThrow())
                .delete(state.network("net").orElseThrow()));
        assertThat(state.services().keySet()).containsExactly("web2");
    }

    @Test
    void aNetworkStaysWhileALiveTaskHasAnAddressInIt() {
        deployWeb();
        var attached = state.task("t1").orElseThrow().toBuilder()
                .addNetworks(NetworkAttachment.newBuilder().setNetworkId("net").setAddress("10.0.1.2/24"))
                .build();
        accept(changes().update(attached));
        var bare = state.service("web").orElseThrow().toBuilder();
        bare.getSpecBuilder().getTaskBuilder().clearNetworks();
        accept(changes().update(bare.build()));
        reject(
                changes().delete(state.network("net").orElseThrow()),
                new Rejection.InUse(ObjectKey.network("net"), ObjectKey.task("t1")));
        accept(changes().update(observed(state.task("t1").orElseThrow(), TaskState.TASK_FAILED)));
        accept(changes().delete(state.network("net").orElseThrow()));
    }

    @Test
    void aNodeStaysWhileATaskOnItHasNotEnded() {
        deployWeb();
        reject(
                changes()
                        .update(state.task("t1").orElseThrow().toBuilder()
                                .setNodeId("n1")
                                .build()),
                new Rejection.MissingReference(ObjectKey.task("t1"), ObjectKey.node("n1")));
        accept(changes()
                .create(node("n1"))
                .update(state.task("t1").orElseThrow().toBuilder()
                        .setNodeId("n1")
                        .build()));
        reject(
                changes().delete(state.node("n1").orElseThrow()),
                new Rejection.InUse(ObjectKey.node("n1"), ObjectKey.task("t1")));
        accept(changes()
                .delete(state.node("n1").orElseThrow())
                .update(observed(state.task("t1").orElseThrow(), TaskState.TASK_ORPHANED)));
    }

    @Test
    void aTaskNeverGoesBack() {
        deployWeb();
        accept(changes().update(observed(state.task("t1").orElseThrow(), TaskState.TASK_RUNNING)));
        var key = ObjectKey.task("t1");
        reject(
                changes().update(observed(state.task("t1").orElseThrow(), TaskState.TASK_READY)),
                new Rejection.Illegal(key, "observed state cannot go from running to ready"));
        accept(changes()
                .update(state.task("t1").orElseThrow().toBuilder()
                        .setDesiredState(TaskState.TASK_SHUTDOWN)
                        .build()));
        reject(
                changes()
                        .update(state.task("t1").orElseThrow().toBuilder()
                                .setDesiredState(TaskState.TASK_RUNNING)
                                .build()),
                new Rejection.Illegal(key, "desired state cannot go from shutdown to running"));
        reject(
                changes()
                        .update(state.task("t1").orElseThrow().toBuilder()
                                .setSlot(2)
                                .build()),
                new Rejection.Illegal(key, "a task keeps its service, revision and slot"));
        accept(changes()
                .create(node("n1"))
                .create(node("n2"))
                .update(state.task("t1").orElseThrow().toBuilder()
                        .setNodeId("n1")
                        .build()));
        reject(
                changes()
                        .update(state.task("t1").orElseThrow().toBuilder()
                                .setNodeId("n2")
                                .build()),
                new Rejection.Illegal(key, "a task keeps its node once it has one"));
    }

    @Test
    void aRevisionNeverChanges() {
        deployWeb();
        reject(
                changes().update(state.revision("web", 1).orElseThrow()),
                new Rejection.Illegal(ObjectKey.revision("web.1"), "a revision never changes"));
        reject(
                changes().create(revision(WEB, 2).toBuilder().setId("web.x").build()),
                new Rejection.Illegal(
                        ObjectKey.revision("web.x"), "the id of a revision is its service's id and its number: web.2"));
    }

    @Test
    void severalChangesToOneObjectInABuilderBecomeOne() {
        accept(changes().create(config("c1", "one")));
        var read = state.config("c1").orElseThrow();
        accept(changes()
                .update(read)
                .update(read.toBuilder().setSpec(config("c1", "two").getSpec()).build()));
        assertThat(state.configNamed("two")).isPresent();
        assertThat(changes().create(config("c2", "x")).delete(config("c2", "x")).isEmpty())
                .isTrue();
        accept(changes()
                .update(state.config("c1").orElseThrow())
                .delete(state.config("c1").orElseThrow()));
        assertThat(state.configs()).isEmpty();
    }

    private void deployWeb() {
        accept(changes()
                .create(network("net"))
                .create(secret("key"))
                .create(WEB)
                .create(revision(WEB, 1)));
        accept(changes().create(TASK));
    }

    private void accept(ChangeSetBuilder changes) {
        var applied = apply(changes.build());
        assertThat(applied.verdicts()).containsExactly(new Verdict.Accepted(state.version() + 1));
        state = applied.state();
    }

    private void reject(ChangeSetBuilder changes, Rejection... reasons) {
        var applied = apply(changes.build());
        assertThat(applied.verdicts()).containsExactly(new Verdict.Rejected(List.of(reasons)));
        assertThat(applied.state()).isSameAs(state);
        assertThat(applied.touched().nothing()).isTrue();
    }

    private ClusterReducer.Applied apply(ChangeSet changeSet) {
        return ClusterReducer.apply(state, entry(state.epoch(), 1, changeSet), 1);
    }
}
