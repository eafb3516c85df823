package dev.muster.manager.dispatcher;

import static dev.muster.manager.dispatcher.Cluster3.FRONT;
import static dev.muster.manager.dispatcher.Cluster3.INGRESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Task;
import dev.muster.api.TaskState;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** In which order a stop reaches the nodes. */
class StopOrderTest {
    private final DispatcherFixture fixture = new DispatcherFixture();
    private final Cluster3 cluster = fixture.cluster;

    @Test
    void aTaskStopsWhenEveryNodeHasStoppedSendingToIt() {
        var own = fixture.agent("node1");
        var other = fixture.agent("node2");
        var ingressOnly = fixture.agent("node3");

        cluster.task("web1", task -> task.setDesiredState(TaskState.TASK_SHUTDOWN));
        own.take();
        other.take();
        ingressOnly.take();

        assertThat(own.serving(FRONT, "web1")).isFalse();
        assertThat(other.serving(FRONT, "web1")).isFalse();
        assertThat(ingressOnly.serving(INGRESS, "web1")).isFalse();
        assertThat(own.desired("web1")).as("nobody has confirmed").isEqualTo(TaskState.TASK_RUNNING);

        own.acknowledge();
        other.acknowledge();
        own.take();
        assertThat(own.desired("web1")).as("one routes to it still").isEqualTo(TaskState.TASK_RUNNING);

        ingressOnly.acknowledge();
        own.take();
        assertThat(own.desired("web1")).isEqualTo(TaskState.TASK_SHUTDOWN);
        assertThat(own.last).hasSize(1);
        assertThat(own.last.getFirst().getChangesList()).hasSize(1);
    }

    @Test
    void aNodeThatDoesNotConfirmHoldsAStopUpForABoundedTime() {
        var own = fixture.agent("node1");
        var hanging = fixture.agent("node2");
        cluster.task("web1", task -> task.setDesiredState(TaskState.TASK_SHUTDOWN));
        own.take();
        own.acknowledge();

        fixture.pass(StopOrder.BOUND.minusMillis(1));
        own.take();
        assertThat(own.desired("web1")).isEqualTo(TaskState.TASK_RUNNING);

        fixture.pass(Duration.ofMillis(1));
        own.take();
        assertThat(own.desired("web1")).isEqualTo(TaskState.TASK_SHUTDOWN);
        assertThat(hanging.serving(FRONT, "web1")).as("it never took it").isTrue();
    }

    @Test
    void aStopThatWaitsDelaysNothingElseOfItsNode() {
        var own = fixture.agent("node2");
        var hanging = fixture.agent("node1");
        cluster.task("web2", task -> task.setDesiredState(TaskState.TASK_SHUTDOWN));
        cluster.create(Cluster3.webTask("web3", 3, "node2").toBuilder()
                .setDesiredState(TaskState.TASK_READY)
                .setStatus(Cluster3.status(TaskState.TASK_ASSIGNED))
                .build());
        own.take();
        assertThat(own.desired("web2")).isEqualTo(TaskState.TASK_RUNNING);
        assertThat(own.desired("web3")).isEqualTo(TaskState.TASK_READY);

        cluster.task("web3", task -> task.setDesiredState(TaskState.TASK_RUNNING));
        own.take();
        assertThat(own.desired("web3")).isEqualTo(TaskState.TASK_RUNNING);
        assertThat(own.desired("web2")).isEqualTo(TaskState.TASK_RUNNING);
        assertThat(hanging.feed.confirmed(cluster.state().version())).isFalse();
    }

    @Test
    void tasksOfOneChangeWaitSideBySide() {
        var one = fixture.agent("node1");
        var two = fixture.agent("node2");
        cluster.propose(Cluster3.changes().update(stopping("web1")).update(stopping("web2")));
        one.take();
        two.take();
        one.acknowledge();
        two.acknowledge();
        one.take();
        two.take();

        assertThat(one.desired("web1")).isEqualTo(TaskState.TASK_SHUTDOWN);
        assertThat(two.desired("web2")).isEqualTo(TaskState.TASK_SHUTDOWN);
    }

    @Test
    void aNodeThatHasGoneIsNotWaitedFor() {
        var own = fixture.agent("node1");
        var other = fixture.agent("node2");
        other.feed.close();
        cluster.task("web1", task -> task.setDesiredState(TaskState.TASK_SHUTDOWN));
        own.take();
        own.acknowledge();
        own.take();

        assertThat(own.desired("web1")).isEqualTo(TaskState.TASK_SHUTDOWN);
    }

    @Test
    void whatDoesNotServeStopsAtOnce() {
        cluster.create(Cluster3.webTask("web3", 3, "node1").toBuilder()
                .setStatus(Cluster3.status(TaskState.TASK_STARTING))
                .build());
        var own = fixture.agent("node1");
        var _ = fixture.agent("node2");
        cluster.task("web3", task -> task.setDesiredState(TaskState.TASK_SHUTDOWN));
        own.take();

        assertThat(own.desired("web3")).isEqualTo(TaskState.TASK_SHUTDOWN);
    }

    private Task stopping(String taskId) {
        return cluster.state().task(taskId).orElseThrow().toBuilder()
                .setDesiredState(TaskState.TASK_SHUTDOWN)
                .build();
    }
}
