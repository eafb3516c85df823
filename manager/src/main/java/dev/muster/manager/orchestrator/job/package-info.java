/**
 * Runs jobs: tasks that are to end. {@link dev.muster.manager.orchestrator.job.ReplicatedJobReconciler} brings a number
 * of tasks to completion, some at a time; {@link dev.muster.manager.orchestrator.job.GlobalJobReconciler} one on each
 * node. Each update of a job is a new iteration, which starts from nothing.
 *
 * <p>May depend on {@code dev.muster.manager.state}, loop, placement rules and orchestrator.slot. Pure. Start reading at
 * {@link dev.muster.manager.orchestrator.job.JobSlot}.
 */
@NullMarked
package dev.muster.manager.orchestrator.job;

import org.jspecify.annotations.NullMarked;
