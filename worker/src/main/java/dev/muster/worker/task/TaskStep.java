package dev.muster.worker.task;

import dev.muster.api.TaskState;

/** What a task needs next. */
public sealed interface TaskStep {

    /** Enter a state and report it. */
    record Advance(TaskState state, String message) implements TaskStep {}

    /** Image, network, mounts and container, up to the start. */
    record Prepare() implements TaskStep {}

    /** Run the command. */
    record Start() implements TaskStep {}

    /** Stop signal, grace period, kill. */
    record Stop(boolean unhealthy) implements TaskStep {}

    /** The container has ended by itself: say how. */
    record Conclude() implements TaskStep {}

    /** The container is gone although it should be there: nobody knows how it ended. */
    record Lose() implements TaskStep {}

    /** Container, network, secrets and mounts go; log and status stay. */
    record Release() implements TaskStep {}

    /** Everything goes. */
    record Erase() implements TaskStep {}

    /** Nothing, until something changes. */
    record Await() implements TaskStep {}
}
