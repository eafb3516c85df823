package dev.muster.faults;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Entry of {@code deploy/faults.sh}: {@code FaultsMain DIR MANAGERS MINUTES SEED}. Runs rounds of faults on the cluster in DIR, each
 * out of the next seed, until the minutes are over; exits with 1 at the first that went wrong.
 */
public final class FaultsMain {
    /** Long enough for faults to meet, short enough to learn soon of what is wrong and to keep in memory. */
    private static final Duration ROUND = Duration.ofMinutes(2);

    private FaultsMain() {}

    public static void main(String[] args) throws Exception {
        if (args.length != 4) {
            System.err.println("usage: FaultsMain DIR MANAGERS MINUTES SEED");
            System.exit(2);
        }
        Path dir = Path.of(args[0]);
        int count = Integer.parseInt(args[1]);
        Duration left = Duration.ofMinutes(Long.parseLong(args[2]));
        long seed = Long.parseLong(args[3]);
        long start = System.nanoTime();
        try (var managers = new ManagerSockets(dir, count)) {
            for (; left.isPositive(); left = left.minus(ROUND), seed++) {
                Duration faults = left.compareTo(ROUND) < 0 ? left : ROUND;
                if (!round(dir, managers, faults, seed, start)) {
                    System.exit(1);
                }
            }
        }
    }

    private static boolean round(Path dir, ManagerSockets managers, Duration faults, long seed, long start)
            throws IOException, InterruptedException {
        tell(start, "seed " + seed + ", " + faults.toSeconds() + " s of faults");
        var round = new FaultRound(
                new ClusterHosts(dir),
                managers,
                "faults-" + seed + "-",
                Load.Shape.STANDARD,
                Nemesis.Tempo.STANDARD,
                System::nanoTime,
                new SplittableRandom(seed),
                line -> tell(start, "  " + line));
        var outcome = round.run(faults);
        tell(start, outcome.summary());
        if (!outcome.wrong().isEmpty()) {
            outcome.wrong().forEach(System.out::println);
            System.out.println("WRONG: seed " + seed);
            return false;
        }
        round.clear();
        System.out.println("right: seed " + seed);
        return true;
    }

    private static void tell(long start, String line) {
        System.err.printf(Locale.ROOT, "[%6.1f s] %s%n", (System.nanoTime() - start) / 1e9, line);
    }
}
