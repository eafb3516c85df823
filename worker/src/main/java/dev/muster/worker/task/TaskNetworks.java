package dev.muster.worker.task;

import dev.muster.api.NetworkAttachment;
import dev.muster.net.OverlayTables;
import dev.muster.net.Sandbox;
import dev.muster.net.SandboxSpec;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The node's networks as tasks meet them: a task's attachment waits until its networks are in force, so that tasks can
 * be prepared while tables are being programmed. Thread-safe.
 */
public final class TaskNetworks {
    /** As long as swarm waits for a node's attachments. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    @Nullable
    private SandboxNetwork network;

    private Set<String> inForce = Set.of();

    /** Puts a network in place, or another one; the former is closed. */
    public void use(SandboxNetwork next) {
        swap(next);
    }

    /** Closes what is in place: attachments wait for the next. */
    public void close() {
        swap(null);
    }

    private void swap(@Nullable SandboxNetwork next) {
        SandboxNetwork former;
        lock.lock();
        try {
            former = network;
            network = next;
            inForce = Set.of();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (former != null) {
            former.close();
        }
    }

    /** True if a network is in place. */
    public boolean open() {
        return current().isPresent();
    }

    private Optional<SandboxNetwork> current() {
        lock.lock();
        try {
            return Optional.ofNullable(network);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Programs the tables, then lets those waiting for their networks go on. To be called by one thread.
     *
     * @throws dev.muster.net.OverlayException if part of it is refused; the rest is in force
     */
    public void program(OverlayTables tables) {
        var target = current();
        if (target.isEmpty()) {
            throw TaskFailure.temporary("no networks yet: the node has not been told its cluster's settings");
        }
        try {
            target.get().program(tables);
        } finally {
            lock.lock();
            try {
                // Also after a refusal: most is in force, and attaching to what is not says so by itself.
                inForce = tables.networks().keySet();
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    Sandbox attach(SandboxSpec spec, CpuGate gate) throws InterruptedException {
        long left = PATIENCE.toNanos();
        lock.lockInterruptibly();
        try {
            while (network == null || !inForce.containsAll(ids(spec))) {
                if (left <= 0) {
                    throw TaskFailure.fatal(
                            "node is missing network attachments, ip addresses may be exhausted: networks "
                                    + String.join(", ", ids(spec)) + " did not become ready on this node within "
                                    + PATIENCE.toSeconds() + " s");
                }
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
        var target = current().orElseThrow(() -> TaskFailure.temporary("the node's networks are being closed"));
        return gate.pass(() -> target.attach(spec));
    }

    private static Set<String> ids(SandboxSpec spec) {
        return spec.attachments().stream()
                .map(NetworkAttachment::getNetworkId)
                .collect(java.util.stream.Collectors.toCollection(java.util.TreeSet::new));
    }

    void detach(String id) {
        current().ifPresent(target -> target.detach(id));
    }

    Set<String> sandboxes() {
        return current().map(SandboxNetwork::sandboxes).orElse(Set.of());
    }
}
