package dev.muster.net;

import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * This node's half of every overlay network: one per daemon. Everything it makes lives in the kernel and outlives it;
 * {@link #open} adopts what is there. Thread-safe: changes run one at a time.
 */
public final class Overlay implements AutoCloseable {
    private Overlay() {}

    /**
     * Adopts what an earlier daemon left, and listens for the sandboxes' DNS queries again. Names are answered from the
     * first {@link #program} on.
     *
     * @param nanoClock monotonic, nanoseconds
     * @param random for DNS query ids: must not be guessable
     * @throws OverlayException if the host lacks what is needed; {@link #preflight} tells all of it at once
     */
    public static Overlay open(OverlayConfig config, LongSupplier nanoClock, RandomGenerator random) {
        throw OverlayException.fatal("the overlay cannot be opened on this build");
    }

    /**
     * Makes the kernel's tables and the DNS what {@code tables} say; returns when they are in force. Costs what has
     * changed since the last call, not what there is.
     *
     * @throws OverlayException if the kernel refuses part of it; the rest is in force, and the next call tries again
     */
    public void program(OverlayTables tables) {
        throw OverlayException.fatal("no networks on this build: " + tables.networks().keySet());
    }

    /**
     * Gives a container its network; for an id that has one already, returns it without touching it.
     *
     * @throws OverlayException if a network is not programmed, or a host port is taken
     */
    public Sandbox attach(SandboxSpec spec) {
        throw OverlayException.fatal("no sandboxes on this build: " + spec.id());
    }

    /** Removes everything of a sandbox; nothing happens if there is none. */
    public void detach(String id) {}

    /** The ids of those present. */
    public Set<String> sandboxes() {
        return Set.of();
    }

    /** Stops answering DNS; containers keep their networks. */
    @Override
    public void close() {}

    /** What the host lacks, after trying to load kernel modules and to set what may be set; empty: all is well. */
    public static List<PreflightFinding> preflight(OverlayConfig config) {
        return List.of();
    }

    /** Removes everything that any overlay with this configuration has made. None may be open. */
    public static void destroyAll(OverlayConfig config) {}
}
