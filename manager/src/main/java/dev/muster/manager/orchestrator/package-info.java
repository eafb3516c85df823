/**
 * Creates and retires tasks so that each service becomes what its spec says. One package per concern, each with control
 * loops that know nothing of each other and meet in the state; {@link dev.muster.manager.orchestrator.Orchestrators}
 * lists them. What they share is in {@code slot}.
 *
 * <p>May depend on {@code dev.muster.manager.state}, loop, placement and revision rules; never on allocator, scheduler,
 * dispatcher or control. Start reading at {@link dev.muster.manager.orchestrator.replicated.ReplicatedReconciler}.
 */
@NullMarked
package dev.muster.manager.orchestrator;

import org.jspecify.annotations.NullMarked;
