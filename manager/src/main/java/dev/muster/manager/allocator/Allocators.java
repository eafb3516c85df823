package dev.muster.manager.allocator;

import dev.muster.manager.loop.ControlLoop;
import java.util.List;

/** The loop that dispenses addresses and ports. */
public final class Allocators {
    private Allocators() {}

    /** To register with a leader's term. */
    public static List<ControlLoop> loops() {
        return List.of(new AllocatorReconciler());
    }
}
