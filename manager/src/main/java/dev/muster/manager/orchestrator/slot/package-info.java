/**
 * The vocabulary that orchestrators share: what a service asks for ({@link dev.muster.manager.orchestrator.slot.Mode}),
 * what is in a slot ({@link dev.muster.manager.orchestrator.slot.SlotTasks}), when a task may be started again
 * ({@link dev.muster.manager.orchestrator.slot.RestartRule}), and how tasks are born
 * ({@link dev.muster.manager.orchestrator.slot.NewTasks}).
 *
 * <p>May depend on {@code dev.muster.manager.state}, placement and revision rules. Pure. Start reading at
 * {@link dev.muster.manager.orchestrator.slot.SlotTasks}.
 */
@NullMarked
package dev.muster.manager.orchestrator.slot;

import org.jspecify.annotations.NullMarked;
