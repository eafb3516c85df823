package dev.muster.manager.orchestrator.update;

import dev.muster.api.Kind;
import dev.muster.api.Service;
import dev.muster.api.UpdateStatus;
import dev.muster.manager.loop.ControlLoop;
import dev.muster.manager.loop.Decision;
import dev.muster.manager.orchestrator.slot.Mode;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.Touched;
import java.time.Instant;
import java.util.ArrayList;
import java.util.random.RandomGenerator;

/**
 * Carries the updates of replicated and global services forward, each in one change set per pass. Jobs are not updated:
 * a changed job begins anew.
 */
public final class UpdateReconciler implements ControlLoop {
    @Override
    public String name() {
        return "update";
    }

    @Override
    public Decision decide(ClusterState state, Instant now, RandomGenerator random, Touched touched) {
        var services = new ArrayList<>(Mode.touched(state, touched, Mode.REPLICATED));
        // A node that takes part again may carry outdated tasks of any global service.
        var global = touched.touches(Kind.KIND_NODE) ? Touched.EVERYTHING : touched;
        services.addAll(Mode.touched(state, global, Mode.GLOBAL));
        var decision = Decision.NOTHING;
        for (var service : services) {
            if (mayHaveWork(state, service)) {
                decision = decision.and(new UpdateRun(state, service, now, random).advance());
            }
        }
        return decision;
    }

    private static boolean mayHaveWork(ClusterState state, Service service) {
        var status = service.getUpdateStatus().getState();
        return status == UpdateStatus.State.UPDATING
                || status == UpdateStatus.State.ROLLBACK_STARTED
                || !UpdatableSlots.allOfPresentRevision(state, service);
    }
}
