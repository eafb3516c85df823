/**
 * One task after another brought from its assignment to a running container, and away again. {@link
 * dev.muster.worker.task.TaskPlan} decides what comes next, as a pure function of what is wanted and what is there; {@link
 * dev.muster.worker.task.TaskController} does it, one virtual thread per task; {@code Preparation} and {@code Teardown} are
 * the two long steps. Every step can be repeated, so a controller that is made anew goes on where an earlier one, or an
 * earlier process, stopped.
 *
 * <p>May depend on {@code runtime}, {@code image}, {@code log}, {@code health}, {@code secret}, {@code volume}, {@code
 * template}, {@code journal} and on {@code dev.muster.net}; knows neither managers nor connections: {@code agent} does.
 * Start reading at {@code TaskPlan}, then {@code TaskRoster}.
 */
@NullMarked
package dev.muster.worker.task;

import org.jspecify.annotations.NullMarked;
