/**
 * Rolling updates and rollbacks. {@link dev.muster.manager.orchestrator.update.UpdateReconciler} looks at services whose
 * slots are outdated and carries each a step further with one {@link dev.muster.manager.orchestrator.update.UpdateRun}:
 * note how the slots that were begun are doing, pause or roll back if too many failed, begin more, end. Where an update
 * stands is in the service, so that another leader goes on from there.
 *
 * <p>May depend on {@code dev.muster.manager.state}, loop, placement and revision rules, and orchestrator.slot. Pure.
 * Start reading at {@link dev.muster.manager.orchestrator.update.UpdateRun}.
 */
@NullMarked
package dev.muster.manager.orchestrator.update;

import org.jspecify.annotations.NullMarked;
