package dev.muster.manager.simulation.faults;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/**
 * What came of one seed.
 *
 * @param failure the rule that was broken and how, if one was
 * @param seen how often what is difficult was met
 * @param lastEvents what happened before it failed
 */
record Run(
        long seed,
        Optional<Failure> failure,
        int entries,
        long digest,
        Map<Coverage.Seen, Integer> seen,
        List<String> lastEvents) {
    /**
     * What went wrong.
     *
     * @param rule empty: not a rule was broken, but something threw
     */
    record Failure(Optional<Rule> rule, String what, Throwable cause) {}

    static Run of(long seed, Plant plant) {
        var world = new World(seed, plant);
        Optional<Failure> failure = Optional.empty();
        try {
            world.run();
        } catch (Violation e) {
            failure = Optional.of(new Failure(Optional.of(e.rule()), String.valueOf(e.getMessage()), e));
        } catch (RuntimeException | AssertionError e) {
            failure = Optional.of(new Failure(Optional.empty(), e.toString(), e));
        }
        // What happened in a run that went well is nothing to keep, times many.
        var lastEvents = failure.isPresent() ? world.lastEvents() : List.<String>of();
        return new Run(seed, failure, world.entries(), world.digest(), world.seen(), lastEvents);
    }

    /**
     * Runs many seeds, as many at once as there are processors.
     *
     * @param each told of each run, in order
     */
    static void all(long first, int count, Consumer<Run> each) throws InterruptedException {
        // Virtual threads: what a run's fibers hand to each other stays on one carrier for the most part.
        try (var threads = Executors.newFixedThreadPool(
                Runtime.getRuntime().availableProcessors(),
                Thread.ofVirtual().name("run-", 0).factory())) {
            List<Callable<Run>> runs = LongStream.range(first, first + count)
                    .<Callable<Run>>mapToObj(seed -> () -> of(seed, Plant.NONE))
                    .toList();
            var results = runs.stream().map(threads::submit).toList();
            for (Future<Run> result : results) {
                each.accept(result.get());
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    /** For people: all that is needed to look into it. */
    String report() {
        if (failure.isEmpty()) {
            return "seed " + seed + ": well, after " + entries + " log entries";
        }
        var rule = failure.get().rule().map(broken -> "rule broken: " + broken).orElse("failed");
        return "seed " + seed + ": " + rule + "\n  " + failure.get().what() + "\n  last events:\n    "
                + String.join("\n    ", lastEvents);
    }
}
