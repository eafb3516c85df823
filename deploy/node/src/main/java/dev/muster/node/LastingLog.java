package dev.muster.node;

import java.util.logging.LogManager;

/** Keeps the log's handlers until the process is gone: by itself Java closes them first, and a stop would go untold. */
public final class LastingLog extends LogManager {
    @Override
    public void reset() {
        // Called when the process ends, and by nobody else.
    }
}
