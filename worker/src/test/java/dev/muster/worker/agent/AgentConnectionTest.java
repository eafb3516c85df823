package dev.muster.worker.agent;

import static dev.muster.api.TaskState.TASK_RUNNING;
import static dev.muster.worker.agent.AgentLab.awaitSession;
import static dev.muster.worker.agent.AgentLab.awaitState;
import static dev.muster.worker.agent.AgentLab.complete;
import static dev.muster.worker.agent.AgentLab.revision;
import static dev.muster.worker.agent.AgentLab.task;
import static dev.muster.worker.agent.AgentLab.web;
import static dev.muster.worker.task.TaskLab.await;
import static dev.muster.worker.task.TaskLab.id;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.muster.api.Peer;
import io.grpc.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which managers the agent talks to and believes, on real TLS connections. */
class AgentConnectionTest {
    @TempDir
    Path directory;

    private AgentLab node;

    @BeforeEach
    void open() {
        node = new AgentLab(directory);
    }

    @AfterEach
    void close() {
        node.close();
    }

    @Test
    void dropsTheWordOfALeadershipThatIsOver() throws Exception {
        var old = node.manager();
        var current = node.manager();
        node.connect(current.address());
        awaitSession(current);
        current.assign(complete(5, 1, task(web(1)), revision(web(1))).build());
        awaitState(current, 1, TASK_RUNNING);
        node.agent.disconnect();

        node.connect(old.address());
        awaitSession(old);
        old.assign(complete(4, 99).build());

        await("turned away", () -> old.sessions.size() >= 2);
        assertThat(old.acknowledged).isEmpty();
        assertThat(node.agent.roster().status(id(1)).orElseThrow().getState()).isEqualTo(TASK_RUNNING);
    }

    @Test
    void remembersTheLeadershipAcrossRestarts() throws Exception {
        var manager = node.manager();
        node.connect(manager.address());
        awaitSession(manager);
        manager.assign(complete(5, 1, task(web(1)), revision(web(1))).build());
        awaitState(manager, 1, TASK_RUNNING);
        node.agent.close();
        manager.dropSession();
        node.restart();

        node.connect(manager.address());
        awaitSession(manager);
        manager.assign(complete(4, 99).build());

        await("turned away", () -> manager.sessions.size() >= 3);
        assertThat(node.agent.roster().ids()).containsExactly(id(1));
    }

    @Test
    void followsTheLeaderAtOnce() throws Exception {
        var follower = node.manager();
        var leader = node.manager();
        follower.redirect = Optional.of(leader.address());

        node.connect(follower.address());

        awaitSession(leader);
        assertThat(follower.sessions).hasSize(1);
    }

    @Test
    void triesOneManagerAfterTheOtherAndLearnsNewOnes() throws Exception {
        var third = node.manager();
        var second = node.manager();
        second.managers = List.of(
                Peer.newBuilder().setNodeId("m2").setAddress(second.address()).build(),
                Peer.newBuilder().setNodeId("m3").setAddress(third.address()).build());
        node.connect("127.0.0.1:1", second.address());
        awaitSession(second);
        assertThat(node.heard.managers).containsExactly(second.managers);
        assertThat(node.agent.managers()).isEqualTo(second.managers);

        second.close();

        awaitSession(third);
    }

    @Test
    void givesUpOnAManagerThatDoesNotAnswerARegistration() throws Exception {
        var deaf = node.manager();
        deaf.silent = true;
        var other = node.manager();

        node.connect(deaf.address(), other.address());

        awaitSession(other);
    }

    @Test
    void saysThatTheManagersRefuseTheNode() throws Exception {
        var manager = node.manager();
        manager.refusal = Optional.of(Status.NOT_FOUND.withDescription("node node1 is not part of the cluster"));

        node.connect(manager.address());

        await("refused", () -> !node.heard.refusals.isEmpty());
        assertThat(node.heard.refusals.getFirst()).contains("node node1 is not part of the cluster");
    }

    @Test
    void aForgottenSessionIsNoRefusal() throws Exception {
        var manager = node.manager();
        node.connect(manager.address());
        awaitSession(manager);

        manager.dropSession();

        awaitSession(manager);
        assertThat(node.heard.refusals).isEmpty();
        assertThat(manager.sessions.getLast().getSessionId()).isEqualTo("session-1");
    }

    @Test
    void doesNotTrustAManagerOfAnotherCluster() throws Exception {
        var foreign = new FakeManager(new FakeManager.Cluster(), 0);
        node.managers.add(foreign);
        var own = node.manager();

        node.connect(foreign.address(), own.address());

        awaitSession(own);
        assertThat(foreign.sessions).isEmpty();
    }

    @Test
    void describesTheNodeAnewWhenItHasChanged() throws Exception {
        var manager = node.manager();
        node.connect(manager.address());
        awaitSession(manager);

        node.description = node.description.toBuilder().setHostname("renamed").build();

        await("described", () -> !manager.descriptions.isEmpty());
        assertThat(manager.descriptions.getFirst().getDescription()).isEqualTo(node.description);
    }

    @Test
    void passesOnWhatTheManagerSaysOfNodeAndRoot() throws Exception {
        var manager = node.manager();
        node.connect(manager.address());
        awaitSession(manager);

        manager.tell(manager.message().setRootCaPem(ByteString.copyFromUtf8("pem")));

        await("root", () -> node.heard.roots.contains(ByteString.copyFromUtf8("pem")));
        assertThat(node.heard.nodes)
                .isNotEmpty()
                .allSatisfy(node -> assertThat(node.getId()).isEqualTo("node1"));
        assertThat(node.lab.journal.session().orElseThrow().getRootCaPem()).isEqualTo(ByteString.copyFromUtf8("pem"));
    }

    @Test
    void disconnectingEndsTheSessionAndLeavesContainers() throws Exception {
        var manager = node.manager();
        node.connect(manager.address());
        awaitSession(manager);
        manager.assign(complete(1, 1, task(web(1)), revision(web(1))).build());
        awaitState(manager, 1, TASK_RUNNING);

        node.agent.disconnect();

        assertThat(node.agent.connected()).isFalse();
        assertThat(node.heard.connections).containsExactly(true, false);
        int beats = manager.heartbeats.get();
        assertThat(node.lab.runtime.list()).hasSize(1);
        java.util.concurrent.locks.LockSupport.parkNanos(Duration.ofMillis(600).toNanos());
        assertThat(manager.heartbeats.get()).isEqualTo(beats);
    }
}
