/**
 * Keeps as many slots of replicated services alive as they ask for: fills the lowest free numbers, and takes away those
 * whose loss leaves the rest running and spread. {@link dev.muster.manager.orchestrator.replicated.ReplicatedReconciler}
 * compares, {@link dev.muster.manager.orchestrator.replicated.ScaleDown} chooses.
 *
 * <p>May depend on {@code dev.muster.manager.state}, loop and orchestrator.slot. Pure. Start reading at
 * {@link dev.muster.manager.orchestrator.replicated.ReplicatedReconciler}.
 */
@NullMarked
package dev.muster.manager.orchestrator.replicated;

import org.jspecify.annotations.NullMarked;
