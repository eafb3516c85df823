package dev.muster.worker.runtime;

import java.time.Instant;

/**
 * How a container ended.
 *
 * @param exitCode of its first process; 128 + n if signal n ended it; {@link #LOST} if nobody saw it end
 * @param exitedAt the epoch if lost
 * @param oomKilled the kernel killed a process of it for want of memory
 */
public record ContainerExit(int exitCode, Instant exitedAt, boolean oomKilled) {

    /** The code of a container whose end nobody saw, as Docker has it for containers that it lost. */
    public static final int LOST = 255;

    public static ContainerExit lost() {
        return new ContainerExit(LOST, Instant.EPOCH, false);
    }
}
