package dev.muster.manager.control;

import dev.muster.api.Config;
import dev.muster.api.ConfigReference;
import dev.muster.api.ContainerSpec;
import dev.muster.api.FileTarget;
import dev.muster.api.Network;
import dev.muster.api.NetworkAttachmentConfig;
import dev.muster.api.Secret;
import dev.muster.api.SecretReference;
import dev.muster.api.ServiceSpec;
import dev.muster.manager.state.ClusterState;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Fills in what a service's spec names: networks, secrets and configs by name or id become ids (and names, for the two
 * that keep both). Says everything that is missing at once. Pure.
 */
final class References {
    /** Networks of the host itself, which docker offers to services beside overlays. */
    private static final Set<String> HOST_NETWORKS = Set.of("host", "bridge", "none");

    private static final int READ_BY_ALL = 0444;

    private final Function<String, Optional<Network>> networks;
    private final Function<String, Optional<Secret>> secrets;
    private final Function<String, Optional<Config>> configs;

    private References(
            Function<String, Optional<Network>> networks,
            Function<String, Optional<Secret>> secrets,
            Function<String, Optional<Config>> configs) {
        this.networks = networks;
        this.secrets = secrets;
        this.configs = configs;
    }

    /** To what is in the state. */
    static References to(ClusterState state) {
        return new References(
                reference -> staying(state.network(reference)).or(() -> state.networkNamed(reference)),
                reference -> state.secret(reference).or(() -> state.secretNamed(reference)),
                reference -> state.config(reference).or(() -> state.configNamed(reference)));
    }

    /** To what is in the state, and before that, by name, to what is about to be created. */
    References before(List<Network> newNetworks, List<Secret> newSecrets, List<Config> newConfigs) {
        return new References(
                reference -> newNetworks.stream()
                        .filter(n -> n.getSpec().getAnnotations().getName().equalsIgnoreCase(reference))
                        .findFirst()
                        .or(() -> networks.apply(reference)),
                reference -> newSecrets.stream()
                        .filter(s -> s.getSpec().getAnnotations().getName().equalsIgnoreCase(reference))
                        .findFirst()
                        .or(() -> secrets.apply(reference)),
                reference -> newConfigs.stream()
                        .filter(c -> c.getSpec().getAnnotations().getName().equalsIgnoreCase(reference))
                        .findFirst()
                        .or(() -> configs.apply(reference)));
    }

    /** The spec with ids in it; its file references are checked too, as they are complete only now. */
    ServiceSpec resolve(ServiceSpec spec) {
        var resolved = spec.toBuilder();
        var task = resolved.getTaskBuilder();
        task.clearNetworks().addAllNetworks(networks(spec.getTask().getNetworksList()));
        var container = task.getContainerBuilder();
        container
                .clearSecrets()
                .addAllSecrets(secrets(spec.getTask().getContainer()))
                .clearConfigs()
                .addAllConfigs(configs(spec.getTask().getContainer()));
        ContainerSpecCheck.secrets(container.getSecretsList());
        ContainerSpecCheck.configs(container.getConfigsList());
        return resolved.build();
    }

    private List<NetworkAttachmentConfig> networks(List<NetworkAttachmentConfig> attachments) {
        var resolved = new ArrayList<NetworkAttachmentConfig>();
        var seen = new HashSet<String>();
        for (var attachment : attachments) {
            var reference = attachment.getTarget();
            var network = networks.apply(reference).orElseThrow(() -> missingNetwork(reference));
            if (network.getSpec().getIngress()) {
                throw ControlFailure.invalid("Service cannot be explicitly attached to the ingress network \""
                        + network.getSpec().getAnnotations().getName() + "\"");
            }
            if (!seen.add(network.getId())) {
                throw ControlFailure.invalid(
                        "network " + network.getSpec().getAnnotations().getName() + " is attached twice");
            }
            resolved.add(attachment.toBuilder().setTarget(network.getId()).build());
        }
        return resolved;
    }

    private static ControlFailure missingNetwork(String reference) {
        return HOST_NETWORKS.contains(reference)
                ? ControlFailure.notYet("attaching a service to the host's network \"" + reference + "\"")
                : ControlFailure.notFound("network", reference);
    }

    private List<SecretReference> secrets(ContainerSpec container) {
        var resolved = new ArrayList<SecretReference>();
        var missing = new ArrayList<String>();
        for (var reference : container.getSecretsList()) {
            var found = find(secrets, reference.getSecretId(), reference.getSecretName());
            if (found.isEmpty()) {
                missing.add(shown(reference.getSecretId(), reference.getSecretName()));
                continue;
            }
            var name = found.get().getSpec().getAnnotations().getName();
            var filled = reference.toBuilder().setSecretId(found.get().getId()).setSecretName(name);
            if (!reference.hasFile()) {
                filled.setFile(file(name));
            }
            resolved.add(filled.build());
        }
        requireNone("secret", missing);
        return resolved;
    }

    private List<ConfigReference> configs(ContainerSpec container) {
        var resolved = new ArrayList<ConfigReference>();
        var missing = new ArrayList<String>();
        for (var reference : container.getConfigsList()) {
            var found = find(configs, reference.getConfigId(), reference.getConfigName());
            if (found.isEmpty()) {
                missing.add(shown(reference.getConfigId(), reference.getConfigName()));
                continue;
            }
            var name = found.get().getSpec().getAnnotations().getName();
            var filled = reference.toBuilder().setConfigId(found.get().getId()).setConfigName(name);
            if (!reference.hasFile()) {
                filled.setFile(file(name));
            }
            resolved.add(filled.build());
        }
        requireNone("config", missing);
        return resolved;
    }

    /** By id, which wins; else by name. An id that is not there may be a name, as the command line writes it. */
    private static <T> Optional<T> find(Function<String, Optional<T>> objects, String id, String name) {
        var byId = id.isEmpty() ? Optional.<T>empty() : objects.apply(id);
        return byId.isPresent() || name.isEmpty() ? byId : objects.apply(name);
    }

    private static String shown(String id, String name) {
        return name.isEmpty() ? id : name;
    }

    private static FileTarget file(String name) {
        return FileTarget.newBuilder()
                .setName(name)
                .setUid("0")
                .setGid("0")
                .setMode(READ_BY_ALL)
                .build();
    }

    private static void requireNone(String kind, List<String> missing) {
        if (!missing.isEmpty()) {
            throw ControlFailure.invalid(
                    kind + (missing.size() == 1 ? "" : "s") + " not found: " + String.join(", ", missing));
        }
    }

    private static Optional<Network> staying(Optional<Network> network) {
        return network.filter(found -> !found.getPendingDelete());
    }
}
