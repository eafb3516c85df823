package dev.muster.manager.scheduler;

import dev.muster.manager.loop.ControlLoop;
import java.util.List;

/** The loop that picks nodes. */
public final class Schedulers {
    private Schedulers() {}

    /** To register with a leader's term. */
    public static List<ControlLoop> loops() {
        return List.of(new SchedulerReconciler());
    }
}
