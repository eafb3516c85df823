/**
 * Replaces tasks that ended or lost their node, by their service's restart policy, and starts replacements when they are
 * due. {@link dev.muster.manager.orchestrator.restart.RestartReconciler} retires a task and creates its replacement in
 * the same slot, which prepares itself during the delay;
 * {@link dev.muster.manager.orchestrator.restart.StartReconciler} lets what waits start, for updates too.
 *
 * <p>May depend on {@code dev.muster.manager.state}, loop and orchestrator.slot. Pure. Start reading at
 * {@link dev.muster.manager.orchestrator.restart.RestartReconciler}.
 */
@NullMarked
package dev.muster.manager.orchestrator.restart;

import org.jspecify.annotations.NullMarked;
