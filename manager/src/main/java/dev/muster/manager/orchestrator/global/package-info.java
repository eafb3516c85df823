/**
 * Gives each fitting node one task of each global service, and stops those on nodes that no longer fit.
 *
 * <p>May depend on {@code dev.muster.manager.state}, loop, placement rules and orchestrator.slot. Pure. Start reading at
 * {@link dev.muster.manager.orchestrator.global.GlobalReconciler}.
 */
@NullMarked
package dev.muster.manager.orchestrator.global;

import org.jspecify.annotations.NullMarked;
