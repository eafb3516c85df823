package dev.muster.manager.simulation.faults;

import java.util.ArrayList;
import java.util.EnumMap;

/** Runs seeds from the command line, for {@code deploy/sim.sh}: {@code SimulationMain COUNT FIRST}. Exits with 1 if one fails. */
public final class SimulationMain {
    private static final int PROGRESS = 50;

    private SimulationMain() {}

    public static void main(String[] arguments) throws InterruptedException {
        int count = Integer.parseInt(arguments[0]);
        long first = Long.parseLong(arguments[1]);
        long begin = System.nanoTime();
        var failed = new ArrayList<Long>();
        var seen = new EnumMap<Coverage.Seen, Integer>(Coverage.Seen.class);
        try (var _ = Quiet.begin()) {
            Run.all(first, count, run -> {
                run.seen().forEach((what, times) -> seen.merge(what, times, Integer::sum));
                if (run.failure().isPresent()) {
                    failed.add(run.seed());
                    System.out.println(run.report());
                    run.failure().get().cause().printStackTrace(System.out);
                } else if (count == 1) {
                    System.out.println(run.report());
                }
                long done = run.seed() - first + 1;
                if (done % PROGRESS == 0) {
                    System.err.println(done + " of " + count + " seeds, " + failed.size() + " failed");
                }
            });
        }
        System.out.println("met: " + seen);
        long seconds = (System.nanoTime() - begin) / 1_000_000_000;
        System.out.println(count + " seeds from " + first + " in " + seconds + " s, " + failed.size() + " failed"
                + (failed.isEmpty() ? "" : ": " + failed));
        System.exit(failed.isEmpty() ? 0 : 1);
    }
}
