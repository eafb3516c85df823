package dev.muster.manager.simulation.faults;

/** Dev main. */
public final class SimulationMain {
    private SimulationMain() {}

    public static void main(String[] arguments) throws InterruptedException {
        java.util.logging.Logger.getLogger("dev.muster").setLevel(java.util.logging.Level.OFF);
        long first = Long.parseLong(arguments[0]);
        int count = Integer.parseInt(arguments[1]);
        long begin = System.nanoTime();
        Run.all(first, count, run -> {
            System.out.println(run.failure().isPresent() ? run.report() : run.report() + " " + run.digest());
            run.failure().ifPresent(f -> f.cause().printStackTrace(System.out));
        });
        System.out.println((System.nanoTime() - begin) / 1_000_000 + " ms");
    }
}
