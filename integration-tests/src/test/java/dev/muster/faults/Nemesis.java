package dev.muster.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Puts hosts through one fault after the other until it is stopped; then it repairs everything. At any time at most one manager is
 * down or stands still and at most two are cut off, so there are moments without a majority. What happens, to whom and for how long
 * follows from the random source alone, but for who leads at that moment.
 */
final class Nemesis {
    /**
     * @param gapMin between two faults of the same kind of target
     * @param gapMax likewise
     * @param holdMin how long a fault lasts
     * @param holdMax likewise; one in six lasts twice as long
     */
    record Tempo(Duration gapMin, Duration gapMax, Duration holdMin, Duration holdMax) {
        /** Elections take a second or two, so some faults end before one and most after it. */
        static final Tempo STANDARD = new Tempo(
                Duration.ofMillis(300), Duration.ofMillis(2500), Duration.ofMillis(500), Duration.ofMillis(6000));
    }

    private final Hosts hosts;
    private final int count;
    private final Supplier<OptionalInt> leader;
    private final Tempo tempo;
    private final RandomGenerator.SplittableGenerator random;
    private final Consumer<String> journal;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Map<Fault, Integer> done = new TreeMap<>();
    private final ExecutorService lanes = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Future<?>> running = new ArrayList<>();

    /**
     * @param count of hosts, at least three
     * @param leader who leads, if that can be found out right now
     * @param journal gets a line at each fault's begin and end
     */
    Nemesis(
            Hosts hosts,
            int count,
            Supplier<OptionalInt> leader,
            Tempo tempo,
            RandomGenerator.SplittableGenerator random,
            Consumer<String> journal) {
        this.hosts = hosts;
        this.count = count;
        this.leader = leader;
        this.tempo = tempo;
        this.random = random;
        this.journal = journal;
    }

    void start() {
        for (var target : Fault.Target.values()) {
            var own = random.split();
            running.add(lanes.submit(() -> run(target, own)));
        }
    }

    /** How often each fault has come so far. */
    Map<Fault, Integer> done() {
        synchronized (done) {
            return new TreeMap<>(done);
        }
    }

    /** Ends what is going on; throws what went wrong with the hosts meanwhile, after repairing everything. */
    void stop() throws InterruptedException {
        stopped.countDown();
        @Nullable Throwable failure = null;
        for (var lane : running) {
            try {
                lane.get();
            } catch (ExecutionException e) {
                failure = e.getCause();
            }
        }
        lanes.close();
        if (failure != null) {
            repair();
            throw new AssertionError("a host did not do as it was told: " + failure.getMessage(), failure);
        }
        journal.accept("everything is repaired");
    }

    private void repair() {
        hosts.heal();
        for (int host = 1; host <= count; host++) {
            hosts.resume(host);
            hosts.thaw(host);
            hosts.start(host);
        }
    }

    private @Nullable Void run(Fault.Target target, RandomGenerator own) throws InterruptedException {
        List<Fault> deck = new ArrayList<>();
        while (!stopped.await(between(tempo.gapMin(), tempo.gapMax(), own), TimeUnit.NANOSECONDS)) {
            if (deck.isEmpty()) {
                Arrays.stream(Fault.values())
                        .filter(fault -> fault.target() == target)
                        .forEach(deck::add);
                Collections.shuffle(deck, Random.from(own));
            }
            var fault = deck.removeLast();
            var order = victims(own);
            long hold = between(tempo.holdMin(), tempo.holdMax(), own) * (own.nextInt(6) == 0 ? 2 : 1);
            var undo = inflict(fault, order, own);
            synchronized (done) {
                done.merge(fault, 1, Integer::sum);
            }
            try {
                stopped.await(hold, TimeUnit.NANOSECONDS);
            } finally {
                undo.run();
            }
        }
        return null;
    }

    private static long between(Duration least, Duration most, RandomGenerator own) {
        return own.nextLong(least.toNanos(), most.toNanos() + 1);
    }

    /** All hosts in random order, but the leader first in half of the cases. */
    private List<Integer> victims(RandomGenerator own) {
        List<Integer> order =
                new ArrayList<>(IntStream.rangeClosed(1, count).boxed().toList());
        Collections.shuffle(order, Random.from(own));
        if (own.nextBoolean()) {
            leader.get().ifPresent(host -> {
                order.removeIf(other -> other == host);
                order.addFirst(host);
            });
        }
        return order;
    }

    /** Returns what ends it. */
    private Runnable inflict(Fault fault, List<Integer> order, RandomGenerator own) {
        int victim = order.getFirst();
        return switch (fault) {
            case KILL -> told("kill " + victim, () -> hosts.kill(victim), "start " + victim, () -> hosts.start(victim));
            case STOP -> told("stop " + victim, () -> hosts.stop(victim), "start " + victim, () -> hosts.start(victim));
            case FREEZE ->
                told("freeze " + victim, () -> hosts.freeze(victim), "thaw " + victim, () -> hosts.thaw(victim));
            case PAUSE ->
                told("pause " + victim, () -> hosts.pause(victim), "resume " + victim, () -> hosts.resume(victim));
            case ISOLATE -> cut(order.subList(0, 1), order.subList(1, count));
            case SPLIT -> cut(order.subList(0, 2), order.subList(2, count));
            case DISTURB -> cut(order.subList(0, 1), order.subList(1, 2 + own.nextInt(count - 2)));
        };
    }

    private Runnable cut(List<Integer> some, List<Integer> others) {
        return told(
                "cut " + some + " from " + others,
                () -> some.forEach(one -> hosts.cut(one, others)),
                "heal",
                hosts::heal);
    }

    private Runnable told(String what, Runnable begin, String later, Runnable end) {
        journal.accept(what);
        begin.run();
        return () -> {
            end.run();
            journal.accept(later);
        };
    }
}
