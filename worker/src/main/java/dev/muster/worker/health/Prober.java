package dev.muster.worker.health;

import dev.muster.worker.runtime.ExecPlan;
import dev.muster.worker.runtime.ExecResult;

/** Runs a command inside the container that is watched. */
@FunctionalInterface
public interface Prober {
    ExecResult probe(ExecPlan plan) throws InterruptedException;
}
