package dev.muster.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * From a request to running containers: 1, 10 and 20 replicas with the image present, scaling 10 to 20, a rolling update of 20, and
 * removing 20. The same work runs on each endpoint in turn; the first is the one that the others are compared with.
 */
final class StartBench {
    private static final Duration BOUND = Duration.ofMinutes(2);

    /** An endpoint that is asked all the time has less left for its work: between two questions passes this share of the time so far. */
    private static final int POLLS_PER_TIME = 50;

    private static final long SHORTEST_POLL_NANOS = 5_000_000;

    /** The machine is quiet when its processors were idle for this share of this time. */
    private static final double QUIET_SHARE = 0.8;

    private static final long QUIET_NANOS = 300_000_000;
    private static final Duration LONGEST_SETTLING = Duration.ofSeconds(20);

    private final LongSupplier nanoClock;
    private final PrintStream out;

    StartBench(LongSupplier nanoClock, PrintStream out) {
        this.nanoClock = nanoClock;
        this.out = out;
    }

    /** A condition on an endpoint that the clock runs until. */
    @FunctionalInterface
    private interface Reached {
        boolean now() throws IOException;
    }

    @FunctionalInterface
    private interface Request {
        void send() throws IOException;
    }

    /**
     * @param baseline seconds that the runtime alone takes to create and start so many containers in parallel
     * @param rounds how often each figure is taken; the median is printed
     */
    void run(List<Endpoint> endpoints, Map<Integer, Double> baseline, int rounds) throws IOException {
        Map<String, Double> first = new TreeMap<>();
        baseline.forEach(
                (count, seconds) -> figure("containerd.start." + count, seconds, "s", "create + start, in parallel"));
        for (Endpoint endpoint : endpoints) {
            Map<String, Double> figures = medians(endpoint, rounds);
            figures.forEach((name, seconds) -> {
                figure(endpoint.name() + "." + name, seconds, "s", "median of " + rounds);
                Double other = first.putIfAbsent(name, seconds);
                if (other != null) {
                    figure(
                            "ratio." + name,
                            other / seconds,
                            "x",
                            endpoints.getFirst().name() + " / " + endpoint.name());
                }
            });
        }
        baseline.forEach((count, seconds) -> {
            Double ours = first.get("start." + count);
            if (ours != null) {
                figure(
                        "ratio.start." + count,
                        ours / seconds,
                        "x",
                        endpoints.getFirst().name() + " / containerd");
            }
        });
    }

    private Map<String, Double> medians(Endpoint endpoint, int rounds) throws IOException {
        Map<String, List<Double>> all = new TreeMap<>();
        // The first round warms both sides up and is not counted.
        for (int round = 0; round <= rounds; round++) {
            Map<String, Double> figures = round(endpoint, "bench" + round);
            if (round > 0) {
                figures.forEach((k, v) ->
                        all.computeIfAbsent(k, n -> new java.util.ArrayList<>()).add(v));
            }
        }
        Map<String, Double> medians = new TreeMap<>();
        all.forEach((k, v) -> medians.put(k, v.stream().sorted().toList().get(v.size() / 2)));
        return medians;
    }

    private Map<String, Double> round(Endpoint endpoint, String service) throws IOException {
        Map<String, Double> figures = new TreeMap<>();
        for (int count : new int[] {1, 10, 20}) {
            String name = service + "n" + count;
            figures.put(
                    "start." + count,
                    time(() -> endpoint.create(name, count), () -> endpoint.running(name, "1") == count));
            if (count == 10) {
                figures.put(
                        "scale.10-20", time(() -> endpoint.scale(name, 20), () -> endpoint.running(name, "1") == 20));
            }
            if (count == 20) {
                figures.put(
                        "update.20", time(() -> endpoint.update(name, "2"), () -> endpoint.running(name, "2") == 20));
            }
            double gone = time(() -> endpoint.remove(name), () -> endpoint.alive(name) == 0);
            if (count == 20) {
                figures.put("remove.20", gone);
            }
        }
        return figures;
    }

    /**
     * Waits until what the last step left behind is cleared away: containers are removed after their end has been reported. A
     * machine that does much else never becomes quiet; then the figure that follows says more of that, and a line says so.
     */
    private void settle() throws IOException {
        long begin = nanoClock.getAsLong();
        while (nanoClock.getAsLong() - begin < LONGEST_SETTLING.toNanos()) {
            long[] before = ProcessorTime.read();
            LockSupport.parkNanos(QUIET_NANOS);
            if (ProcessorTime.idleShare(before, ProcessorTime.read()) >= QUIET_SHARE) {
                return;
            }
        }
        System.err.println("the machine is busy with something else: the next figure is too large");
    }

    /** Seconds from just before the request, on a quiet machine, until the condition is seen to hold. */
    private double time(Request request, Reached reached) throws IOException {
        settle();
        long begin = nanoClock.getAsLong();
        request.send();
        while (!reached.now()) {
            long passed = nanoClock.getAsLong() - begin;
            if (passed > BOUND.toNanos()) {
                throw new IOException("not reached within " + BOUND);
            }
            LockSupport.parkNanos(Math.max(SHORTEST_POLL_NANOS, passed / POLLS_PER_TIME));
        }
        return (nanoClock.getAsLong() - begin) / 1e9;
    }

    private void figure(String name, double value, String unit, String context) {
        out.printf(Locale.ROOT, "%s\t%.3f\t%s\t%s%n", name, value, unit, context);
    }
}
