/**
 * Watches what nodes turn into. {@link dev.muster.manager.orchestrator.enforcer.ConstraintReconciler} rejects tasks whose
 * node no longer meets their constraints or has room for them;
 * {@link dev.muster.manager.orchestrator.enforcer.LostNodeReconciler} gives up the tasks of a node that has been down
 * for too long.
 *
 * <p>May depend on {@code dev.muster.manager.state}, loop, placement rules and orchestrator.slot. Pure. Start reading at
 * {@link dev.muster.manager.orchestrator.enforcer.ConstraintReconciler}.
 */
@NullMarked
package dev.muster.manager.orchestrator.enforcer;

import org.jspecify.annotations.NullMarked;
