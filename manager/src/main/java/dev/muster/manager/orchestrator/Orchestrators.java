package dev.muster.manager.orchestrator;

import dev.muster.manager.loop.ControlLoop;
import dev.muster.manager.orchestrator.enforcer.ConstraintReconciler;
import dev.muster.manager.orchestrator.enforcer.LostNodeReconciler;
import dev.muster.manager.orchestrator.global.GlobalReconciler;
import dev.muster.manager.orchestrator.job.GlobalJobReconciler;
import dev.muster.manager.orchestrator.job.ReplicatedJobReconciler;
import dev.muster.manager.orchestrator.reaper.HistoryReconciler;
import dev.muster.manager.orchestrator.reaper.RemovalReconciler;
import dev.muster.manager.orchestrator.replicated.ReplicatedReconciler;
import dev.muster.manager.orchestrator.restart.RestartReconciler;
import dev.muster.manager.orchestrator.restart.StartReconciler;
import dev.muster.manager.orchestrator.update.UpdateReconciler;
import java.util.List;

/** The loops that create and retire tasks. */
public final class Orchestrators {
    private Orchestrators() {}

    /** One of each, to register with a leader's term. */
    public static List<ControlLoop> loops() {
        return List.of(
                new ReplicatedReconciler(),
                new GlobalReconciler(),
                new ReplicatedJobReconciler(),
                new GlobalJobReconciler(),
                new UpdateReconciler(),
                new RestartReconciler(),
                new StartReconciler(),
                new ConstraintReconciler(),
                new LostNodeReconciler(),
                new HistoryReconciler(),
                new RemovalReconciler());
    }
}
