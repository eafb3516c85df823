/**
 * The worker half of a node, put together: {@link dev.muster.worker.WorkerNode} starts or adopts containerd, images, logs,
 * volumes, networks and tasks, and the agent that talks to managers. Only this package names the real implementations of
 * the boundaries below it. Start reading at {@code WorkerNode}.
 */
@NullMarked
package dev.muster.worker;

import org.jspecify.annotations.NullMarked;
