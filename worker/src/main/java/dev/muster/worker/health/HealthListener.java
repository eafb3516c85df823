package dev.muster.worker.health;

/** Hears of a container's health. Must be quick. */
@FunctionalInterface
public interface HealthListener {

    /** After each probe that changed the state. */
    void changed(HealthState state);
}
