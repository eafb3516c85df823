package dev.muster.worker.agent;

import static dev.muster.api.TaskState.TASK_RUNNING;
import static dev.muster.worker.agent.AgentLab.awaitSession;
import static dev.muster.worker.agent.AgentLab.awaitState;
import static dev.muster.worker.agent.AgentLab.complete;
import static dev.muster.worker.agent.AgentLab.incremental;
import static dev.muster.worker.agent.AgentLab.revision;
import static dev.muster.worker.agent.AgentLab.task;
import static dev.muster.worker.agent.AgentLab.web;
import static dev.muster.worker.task.TaskLab.await;
import static dev.muster.worker.task.TaskLab.id;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.LogOptions;
import dev.muster.api.LogSelector;
import dev.muster.api.LogStream;
import dev.muster.api.PublishRequest;
import dev.muster.api.SubscriptionMessage;
import dev.muster.worker.task.TaskNames;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs on their way to a manager. */
class AgentLogsTest {
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
    void sendsLogsOfMatchingTasksAndFollowsNewOnes() throws Exception {
        var manager = node.manager();
        node.connect(manager.address());
        awaitSession(manager);
        await("subscriptions", manager::hasSubscriptions);
        manager.assign(complete(1, 1, task(web(1)), revision(web(1))).build());
        awaitState(manager, 1, TASK_RUNNING);
        node.lab.logs.write(TaskNames.containerId(id(1)), LogStream.LOG_STDOUT, "one\n");
        node.lab.logs.write(TaskNames.containerId(id(1)), LogStream.LOG_STDERR, "unwanted\n");
        var selector = LogSelector.newBuilder().addServiceIds("service1");
        manager.subscribe(SubscriptionMessage.newBuilder()
                .setId("s1")
                .setSelector(selector)
                .setOptions(LogOptions.newBuilder().setStdout(true).setFollow(true))
                .build());
        await("first line", () -> lines(manager, "s1").contains("one\n"));

        manager.assign(incremental(1, 2, task(web(2))).build());
        awaitState(manager, 2, TASK_RUNNING);
        node.lab.logs.write(TaskNames.containerId(id(2)), LogStream.LOG_STDOUT, "two\n");

        await("line of the new task", () -> lines(manager, "s1").contains("two\n"));
        assertThat(lines(manager, "s1")).containsExactly("one\n", "two\n");
        var last = manager.published.getLast().getMessages(0);
        assertThat(last.getContext().getTaskId()).isEqualTo(id(2));
        assertThat(last.getContext().getNodeId()).isEqualTo("node1");
        assertThat(last.getStream()).isEqualTo(LogStream.LOG_STDOUT);
    }

    @Test
    void endsASubscriptionThatDoesNotFollow() throws Exception {
        var manager = node.manager();
        node.connect(manager.address());
        awaitSession(manager);
        await("subscriptions", manager::hasSubscriptions);
        manager.assign(complete(1, 1, task(web(1)), revision(web(1))).build());
        awaitState(manager, 1, TASK_RUNNING);
        for (int i = 0; i < 5000; i++) {
            node.lab.logs.write(
                    TaskNames.containerId(id(1)), LogStream.LOG_STDOUT, "line " + i + " " + "x".repeat(100) + "\n");
        }

        manager.subscribe(SubscriptionMessage.newBuilder()
                .setId("s1")
                .setSelector(LogSelector.newBuilder().addTaskIds(id(1)))
                .setOptions(LogOptions.newBuilder().setStdout(true).setStderr(true))
                .build());

        await("done", () -> manager.published.stream().anyMatch(PublishRequest::getDone));
        var lines = lines(manager, "s1");
        assertThat(lines).hasSize(5000);
        assertThat(lines.getLast()).startsWith("line 4999 ");
        assertThat(manager.published).hasSizeLessThan(500);
        assertThat(manager.published.stream().mapToInt(PublishRequest::getSerializedSize))
                .allMatch(size -> size < 80 * 1024);
    }

    @Test
    void aSubscriptionForNothingIsDoneAtOnce() throws Exception {
        var manager = node.manager();
        node.connect(manager.address());
        await("subscriptions", manager::hasSubscriptions);

        manager.subscribe(SubscriptionMessage.newBuilder()
                .setId("s1")
                .setSelector(LogSelector.newBuilder().addTaskIds("none"))
                .setOptions(LogOptions.newBuilder().setStdout(true))
                .build());

        await("done", () -> manager.published.stream().anyMatch(PublishRequest::getDone));
        assertThat(lines(manager, "s1")).isEmpty();
    }

    private static List<String> lines(FakeManager manager, String subscription) {
        return manager.published.stream()
                .filter(request -> request.getSubscriptionId().equals(subscription))
                .flatMap(request -> request.getMessagesList().stream())
                .map(message -> message.getLine().toStringUtf8())
                .toList();
    }
}
