package dev.muster.worker.runtime;

import dev.muster.api.HealthConfig;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What an image says about how to run it. Absent lists and maps are empty, absent texts are "".
 *
 * @param exposedPorts as written: "80/tcp"
 * @param volumes paths that want a volume
 */
public record ImageConfig(
        String os,
        String architecture,
        List<String> entrypoint,
        List<String> cmd,
        List<String> env,
        String user,
        String workingDir,
        Set<String> exposedPorts,
        Set<String> volumes,
        String stopSignal,
        Optional<HealthConfig> healthcheck,
        Map<String, String> labels) {

    public ImageConfig {
        entrypoint = List.copyOf(entrypoint);
        cmd = List.copyOf(cmd);
        env = List.copyOf(env);
        exposedPorts = Set.copyOf(exposedPorts);
        volumes = Set.copyOf(volumes);
        labels = Map.copyOf(labels);
    }
}
