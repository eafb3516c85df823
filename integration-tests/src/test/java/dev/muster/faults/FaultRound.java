package dev.muster.faults;

import dev.muster.cluster.Eventually;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/** One run from the first write to the verdict: a load, faults meanwhile, repair, and then the look at what is there. */
final class FaultRound {
    /** The load goes on for so long after the last repair: what comes back must serve. */
    private static final Duration AFTERWARDS = Duration.ofSeconds(3);

    /** For all managers to be there again, after everything is repaired. */
    private static final Duration WHOLE = Duration.ofSeconds(60);

    /** What was on its way when the load ended may still land: a manager tries for 15 s. */
    private static final int MOST_LOOKS = 12;

    /**
     * @param wrong what breaks a promise; empty if all is well
     * @param written creates and updates that were acknowledged
     * @param counts how often each call got each answer
     * @param faults how often each came
     * @param longestStall between two acknowledged writes
     */
    record Outcome(
            List<String> wrong,
            long written,
            Map<String, Long> counts,
            Map<Fault, Integer> faults,
            Duration longestStall,
            int histories) {
        Outcome {
            wrong = List.copyOf(wrong);
            counts = Map.copyOf(counts);
            faults = Map.copyOf(faults);
        }

        /** One line. */
        String summary() {
            return written + " writes acknowledged, longest stall " + longestStall.toMillis() + " ms, " + histories
                    + " histories; " + new TreeMap<>(counts) + "; faults "
                    + new TreeMap<>(faults);
        }
    }

    private final Hosts hosts;
    private final Managers managers;
    private final String prefix;
    private final Load.Shape shape;
    private final Nemesis.Tempo tempo;
    private final LongSupplier nanoTime;
    private final RandomGenerator.SplittableGenerator random;
    private final Consumer<String> journal;
    private final History history = new History();
    private final List<String> wrong = new ArrayList<>();

    /**
     * @param prefix of the names of its configs: unlike that of any other round
     * @param journal gets a line at each event
     */
    FaultRound(
            Hosts hosts,
            Managers managers,
            String prefix,
            Load.Shape shape,
            Nemesis.Tempo tempo,
            LongSupplier nanoTime,
            RandomGenerator.SplittableGenerator random,
            Consumer<String> journal) {
        this.hosts = hosts;
        this.managers = managers;
        this.prefix = prefix;
        this.shape = shape;
        this.tempo = tempo;
        this.nanoTime = nanoTime;
        this.random = random;
        this.journal = journal;
    }

    /**
     * Takes its time until every kind of fault has come, but at most twice as long.
     *
     * @param faults how long they last at least
     */
    Outcome run(Duration faults) throws InterruptedException {
        var stores = managers.stores();
        var nemesis = new Nemesis(hosts, stores.size(), managers::leader, tempo, random.split(), journal);
        var load = new Load(stores, prefix, shape, history, nanoTime, random.split());
        load.start();
        try {
            nemesis.start();
            long begin = nanoTime.getAsLong();
            pause(faults);
            while (nemesis.done().size() < Fault.values().length
                    && nanoTime.getAsLong() - begin < 2 * faults.toNanos()) {
                pause(Duration.ofMillis(200));
            }
        } finally {
            stop(nemesis);
            pause(AFTERWARDS);
            load.stop();
        }
        whole();
        journal.accept("looking at what is there");
        judge();
        return new Outcome(
                wrong,
                history.written(),
                history.counts(),
                nemesis.done(),
                history.longestStall(),
                history.byName().size());
    }

    /** Load and faults are what the time is for. */
    private static void pause(Duration time) throws InterruptedException {
        if (new CountDownLatch(1).await(time.toNanos(), TimeUnit.NANOSECONDS)) {
            throw new IllegalStateException("nobody counts it down");
        }
    }

    private void stop(Nemesis nemesis) throws InterruptedException {
        try {
            nemesis.stop();
        } catch (AssertionError e) {
            wrong.add(e.getMessage());
        }
    }

    private void whole() {
        try {
            Eventually.within(WHOLE, managers::assertWhole);
        } catch (AssertionError e) {
            wrong.add("the managers do not find together again: " + e.getMessage());
        }
    }

    private void judge() throws InterruptedException {
        try {
            List<Judgement.FinalState> looks = new ArrayList<>();
            var last = look();
            for (int i = 1; i < MOST_LOOKS && !agree(last); i++) {
                looks.addAll(last);
                pause(Duration.ofSeconds(2));
                last = look();
            }
            wrong.addAll(Judgement.of(history.byName(), looks, last));
        } catch (AssertionError e) {
            wrong.add("a manager does not show its configs: " + e.getMessage());
        }
    }

    private List<Judgement.FinalState> look() {
        List<Judgement.FinalState> states = new ArrayList<>();
        // The leadership may change once more, and then a manager asks its client to come again.
        for (int manager = 1; manager <= managers.stores().size(); manager++) {
            var one = manager;
            Eventually.within(WHOLE, () -> states.add(look(one)));
        }
        return states;
    }

    private Judgement.FinalState look(int manager) throws IOException {
        long invoked = nanoTime.getAsLong();
        var configs = managers.stores().get(manager - 1).list(prefix);
        return new Judgement.FinalState(manager, configs, invoked, nanoTime.getAsLong());
    }

    private static boolean agree(List<Judgement.FinalState> states) {
        return states.stream()
                        .map(state -> new HashSet<>(state.configs()))
                        .distinct()
                        .count()
                == 1;
    }

    /** Removes all that the round has made, so that the next one finds the cluster as this one did. */
    void clear() throws IOException, InterruptedException {
        var stores = managers.stores();
        var left = stores.getFirst().list(prefix);
        try (var threads = Executors.newFixedThreadPool(4 * stores.size())) {
            for (int i = 0; i < left.size(); i++) {
                var store = stores.get(i % stores.size());
                var name = left.get(i).name();
                threads.execute(() -> store.remove(name));
            }
            threads.shutdown();
            if (!threads.awaitTermination(5, TimeUnit.MINUTES)) {
                threads.shutdownNow();
            }
        }
        for (var store : stores) {
            var still = store.list(prefix);
            if (!still.isEmpty()) {
                throw new IOException(still.size() + " configs could not be removed: "
                        + still.stream().limit(3).map(StoredConfig::name).toList());
            }
        }
    }
}
