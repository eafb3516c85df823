package dev.muster.worker.runtime;

import dev.muster.api.ContainerSpec;
import dev.muster.api.ResourceRequirements;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Everything needed to create one container. Templates are expanded, the image is present, mounts exist on the host.
 *
 * @param id unique on the node, at most 76 characters; the key of every later call
 * @param labels kept with the container and returned by {@link ContainerRuntime#list}, for adoption
 * @param image what {@code ImageService.ensure} returned
 * @param spec command, arguments, environment, user, capabilities and so on; its image, hostname, mounts, secrets,
 *     configs, hosts, DNS and health check are not read here: the fields below, and others, stand for them
 * @param resources limits, and the memory reservation as a soft limit
 * @param hostname of the container, not empty
 * @param network which network namespace it joins
 * @param mounts volumes, binds, tmpfs, secrets, configs, resolv.conf, hosts and hostname, in any order
 * @param logUri where both streams go: an URI that {@code log.LogSpool} gives; empty: nowhere
 */
public record ContainerPlan(
        String id,
        Map<String, String> labels,
        ImageHandle image,
        ContainerSpec spec,
        ResourceRequirements resources,
        String hostname,
        ContainerNetwork network,
        List<ContainerMount> mounts,
        Optional<String> logUri) {

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*");

    public ContainerPlan {
        if (id.length() > 76 || !ID.matcher(id).matches()) {
            throw new IllegalArgumentException(
                    "container id '" + id + "' must be at most 76 letters, digits and single . _ - between them");
        }
        if (hostname.isBlank()) {
            throw new IllegalArgumentException("container " + id + " needs a hostname");
        }
        labels = Map.copyOf(labels);
        mounts = List.copyOf(mounts);
    }
}
