package dev.muster.manager.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.UpdateConfig;
import dev.muster.api.UpdateStatus;
import dev.muster.manager.orchestrator.slot.SlotTasks;
import java.time.Duration;
import java.util.List;

/** A replicated service called web in a simulated cluster, and its updates. */
final class Web {
    static final Duration LONG = Duration.ofMinutes(10);

    private final Simulation cluster;

    Web(Simulation cluster) {
        this.cluster = cluster;
    }

    /** Creates it and waits until it runs. */
    void create(long replicas, UpdateConfig.Builder update) {
        cluster.create(Specs.replicated("web", replicas).setUpdate(update));
        cluster.run(Duration.ofSeconds(5));
        assertThat(running()).hasSize((int) replicas);
    }

    /** Updates it and lets much time pass; the trace begins with the update. */
    void updateTo(String image) {
        cluster.trace().restart(cluster.now());
        cluster.update("web", spec -> Specs.image(spec, image));
        cluster.run(LONG);
    }

    UpdateStatus.State status() {
        return cluster.service("web").getUpdateStatus().getState();
    }

    List<Task> running() {
        return cluster.tasks("web").stream()
                .filter(task -> task.getStatus().getState() == TaskState.TASK_RUNNING && SlotTasks.alive(task))
                .toList();
    }

    /** The images of the running tasks, in the order of their slots. */
    List<String> images() {
        return running().stream()
                .map(task ->
                        cluster.state().revision(task).getTask().getContainer().getImage())
                .toList();
    }
}
