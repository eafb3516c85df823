package dev.muster.manager.simulation.faults;

import dev.muster.manager.state.ClusterReducer;
import dev.muster.manager.state.ClusterState;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What users were told. A counter (a label of a secret that one user writes, one higher each time) is a register whose
 * reads and writes are checked for linearizability; of a service it is known that it was created, and which version an
 * acknowledged update has given it.
 */
final class Ledger implements History.Observer {
    /** The label that counts. */
    static final String LABEL = "count";

    private final Map<String, Counter> counters = new TreeMap<>();
    private final Map<String, Long> services = new TreeMap<>();

    /** Services that somebody has asked to remove: they may go at any time. */
    private final Set<String> leaving = new HashSet<>();

    private static final class Counter {
        private long attempted;
        private long acknowledged;
    }

    /** The next value, which is about to be written. */
    long attempt(String secret) {
        return ++counter(secret).attempted;
    }

    void acknowledged(String secret, long value, ClusterState committed) {
        var counter = counter(secret);
        counter.acknowledged = Math.max(counter.acknowledged, value);
        check(secret, counter, committed);
    }

    /** To be asked before a read, for {@link #read}. */
    long acknowledged(String secret) {
        return counter(secret).acknowledged;
    }

    /** A read has ended. What it saw was committed, so it counts as acknowledged too. */
    void read(String secret, long value, long acknowledgedBefore) {
        var counter = counter(secret);
        if (value < acknowledgedBefore || value > counter.attempted) {
            throw new Violation(
                    Rule.READS,
                    "a read of " + secret + " gave " + value + ", but " + acknowledgedBefore
                            + " was acknowledged before it began, and " + counter.attempted
                            + " is the last ever tried");
        }
        counter.acknowledged = Math.max(counter.acknowledged, value);
    }

    void acknowledgedService(String id, long version, ClusterState committed) {
        if (!leaving.contains(id)) {
            services.merge(id, version, Math::max);
            checkService(id, services.get(id), committed);
        }
    }

    /** Somebody asks for its removal. */
    void removing(String serviceId) {
        leaving.add(serviceId);
        services.remove(serviceId);
    }

    @Override
    public void committed(ClusterState before, ClusterReducer.Applied step) {
        counters.forEach((secret, counter) -> check(secret, counter, step.state()));
        services.forEach((id, version) -> checkService(id, version, step.state()));
    }

    private static void check(String secret, Counter counter, ClusterState state) {
        if (counter.acknowledged == 0) {
            return;
        }
        long value = state.secretNamed(secret)
                .map(found -> count(found.getSpec().getAnnotations().getLabelsMap()))
                .orElse(-1L);
        if (value < counter.acknowledged || value > counter.attempted) {
            throw new Violation(
                    Rule.ACKNOWLEDGED,
                    secret + " is at " + value + ", but " + counter.acknowledged + " was acknowledged and "
                            + counter.attempted + " is the last ever tried");
        }
    }

    private static void checkService(String id, long version, ClusterState state) {
        long stored =
                state.service(id).map(service -> service.getMeta().getVersion()).orElse(-1L);
        if (stored < version) {
            throw new Violation(
                    Rule.ACKNOWLEDGED,
                    "service " + id + " was acknowledged at version " + version + " and is at " + stored);
        }
    }

    static long count(Map<String, String> labels) {
        return Long.parseLong(labels.getOrDefault(LABEL, "0"));
    }

    private Counter counter(String secret) {
        return counters.computeIfAbsent(secret, _ -> new Counter());
    }
}
