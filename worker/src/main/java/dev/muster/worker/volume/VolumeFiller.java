package dev.muster.worker.volume;

import java.nio.file.Path;

/** Puts the first content into a new volume. */
@FunctionalInterface
public interface VolumeFiller {

    /** Fills an existing, empty directory, and may change its owner and mode. False if there is nothing to put in. */
    boolean fill(Path emptyDirectory);

    static VolumeFiller none() {
        return directory -> false;
    }
}
