package dev.muster.manager.simulation.faults;

import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Keeps the product from logging while thousands of its leaderships come and go; what matters is in {@link Events}. */
final class Quiet implements AutoCloseable {
    private final Logger logger;
    private final @Nullable Level before;

    private Quiet(Logger logger) {
        this.logger = logger;
        this.before = logger.getLevel();
    }

    static Quiet begin() {
        var quiet = new Quiet(Logger.getLogger("dev.muster"));
        quiet.logger.setLevel(Level.OFF);
        return quiet;
    }

    @Override
    public void close() {
        logger.setLevel(before);
    }
}
