/**
 * Removes what is over: tasks beyond the history that is kept, tasks and services and networks that are to go, revisions
 * that nothing names. {@link dev.muster.manager.orchestrator.reaper.HistoryReconciler} trims,
 * {@link dev.muster.manager.orchestrator.reaper.RemovalReconciler} carries removals to their end.
 *
 * <p>May depend on {@code dev.muster.manager.state}, loop and orchestrator.slot. Pure. Start reading at
 * {@link dev.muster.manager.orchestrator.reaper.RemovalReconciler}.
 */
@NullMarked
package dev.muster.manager.orchestrator.reaper;

import org.jspecify.annotations.NullMarked;
