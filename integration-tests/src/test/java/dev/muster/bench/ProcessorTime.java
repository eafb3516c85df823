package dev.muster.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** What this machine's processors have done so far, in the kernel's ticks: the first line of {@code /proc/stat}. */
final class ProcessorTime {
    private static final int IDLE = 3;
    private static final int WAITING_FOR_DISK = 4;

    private ProcessorTime() {}

    static long[] read() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/stat"))) {
            String all = lines.findFirst().orElseThrow(() -> new IOException("/proc/stat is empty"));
            return Arrays.stream(all.split(" +", -1))
                    .skip(1)
                    .mapToLong(Long::parseLong)
                    .toArray();
        }
    }

    /** The share of the time between two readings in which the processors had nothing to do, 0 to 1. */
    static double idleShare(long[] before, long[] after) {
        long total = Arrays.stream(after).sum() - Arrays.stream(before).sum();
        long idle = after[IDLE] - before[IDLE] + after[WAITING_FOR_DISK] - before[WAITING_FOR_DISK];
        return total == 0 ? 1 : (double) idle / total;
    }
}
