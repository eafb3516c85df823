/**
 * Picks nodes. Tasks that wait are placed by group, those of one service and revision together: nodes that do not pass
 * the {@link dev.muster.manager.scheduler.NodeFilter filters} are left out, and counted for the explanation; the rest are
 * ranked and spread by the {@link dev.muster.manager.scheduler.SpreadTree}. Tasks that come with a node are only checked.
 *
 * <p>May depend on {@code dev.muster.manager.state}, loop and placement rules; never on orchestrators or the allocator.
 * Start reading at {@link dev.muster.manager.scheduler.SchedulerReconciler}.
 */
@NullMarked
package dev.muster.manager.scheduler;

import org.jspecify.annotations.NullMarked;
