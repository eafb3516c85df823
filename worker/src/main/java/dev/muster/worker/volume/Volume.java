package dev.muster.worker.volume;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/**
 * A volume of this node.
 *
 * @param options of the local driver: type, o, device
 * @param anonymous removed with the task that it was made for
 * @param mountpoint where its content is on this host
 */
public record Volume(
        String name,
        Map<String, String> options,
        Map<String, String> labels,
        Instant createdAt,
        boolean anonymous,
        Path mountpoint) {
    public static final String DRIVER = "local";

    public Volume {
        options = new TreeMap<>(options);
        labels = new TreeMap<>(labels);
    }
}
