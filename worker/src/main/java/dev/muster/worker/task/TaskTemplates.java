package dev.muster.worker.task;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.muster.api.ConfigReference;
import dev.muster.api.ContainerSpec;
import dev.muster.api.Driver;
import dev.muster.api.GenericResource;
import dev.muster.api.Mount;
import dev.muster.api.SecretReference;
import dev.muster.api.Task;
import dev.muster.worker.template.Template;
import dev.muster.worker.template.TemplateFailure;
import dev.muster.worker.template.TemplateFunction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** Expands the placeholders of one task: in its spec, and in payloads of secrets and configs that ask for it. Pure. */
final class TaskTemplates {
    private static final String GO = "golang";

    private final AssignedTask assigned;
    private final Map<String, Object> values;

    TaskTemplates(AssignedTask assigned, NodeFacts node) {
        this.assigned = assigned;
        this.values = values(assigned, node);
    }

    private static Map<String, Object> values(AssignedTask assigned, NodeFacts node) {
        Task task = assigned.task();
        var labels = assigned.revision()
                .map(revision -> Map.<String, Object>copyOf(revision.getServiceLabelsMap()))
                .orElse(Map.of());
        return Map.of(
                "Service", Map.of("ID", task.getServiceId(), "Name", task.getServiceName(), "Labels", labels),
                "Node",
                        Map.of(
                                "ID", task.getNodeId(),
                                "Hostname", node.hostname(),
                                "Platform", Map.of("Architecture", node.architecture(), "OS", node.os())),
                "Task",
                        Map.of(
                                "ID", task.getId(),
                                "Name", TaskNames.containerName(task),
                                "Slot", TaskNames.slot(task)));
    }

    /** The container's spec with its placeholders expanded and its generic resources in the environment. */
    ContainerSpec spec() {
        var spec = assigned.container();
        var expanded = spec.toBuilder().clearEnv().clearMounts().clearPull();
        expanded.setHostname(expand("hostname", spec.getHostname()));
        for (var env : spec.getEnvList()) {
            expanded.addEnv(expand("env", env));
        }
        for (var mount : spec.getMountsList()) {
            expanded.addMounts(expand(mount));
        }
        genericResources().forEach((kind, values) -> expanded.addEnv("DOCKER_RESOURCE_" + kind + "=" + values));
        return expanded.build();
    }

    private Mount expand(Mount mount) {
        var expanded = mount.toBuilder()
                .setSource(expand("mount source", mount.getSource()))
                .setTarget(expand("mount target", mount.getTarget()));
        if (mount.hasVolume()) {
            var volume = expanded.getVolumeBuilder();
            UnaryOperator<String> label = text -> expand("volume label", text);
            replaceValues(mount.getVolume().getLabelsMap(), label).forEach(volume::putLabels);
            if (mount.getVolume().hasDriver()) {
                UnaryOperator<String> option = text -> expand("volume driver option", text);
                replaceValues(mount.getVolume().getDriver().getOptionsMap(), option)
                        .forEach(volume.getDriverBuilder()::putOptions);
            }
        }
        return expanded.build();
    }

    private static Map<String, String> replaceValues(Map<String, String> map, UnaryOperator<String> change) {
        var result = new TreeMap<String, String>();
        map.forEach((key, value) -> result.put(key, change.apply(value)));
        return result;
    }

    private String expand(String where, String text) {
        try {
            return Template.expand(text, values, Map.of());
        } catch (TemplateFailure e) {
            throw TaskFailure.fatal("expanding " + where + " failed: " + e.getMessage());
        }
    }

    private Map<String, String> genericResources() {
        var kinds = new TreeMap<String, List<String>>();
        for (var resource : assigned.task().getAssignedResourcesList()) {
            kinds.computeIfAbsent(resource.getKind().toUpperCase(Locale.ROOT), any -> new ArrayList<>())
                    .add(value(resource));
        }
        var joined = new TreeMap<String, String>();
        kinds.forEach((kind, list) -> joined.put(kind, String.join(",", list)));
        return joined;
    }

    private static String value(GenericResource resource) {
        return switch (resource.getResourceCase()) {
            case DISCRETE -> Long.toString(resource.getDiscrete());
            case NAMED -> resource.getNamed();
            case RESOURCE_NOT_SET -> "";
        };
    }

    /**
     * A payload as the container is to see it.
     *
     * @param usesSecrets it holds secrets' content, so it is one itself
     */
    record Payload(ByteString content, boolean usesSecrets) {}

    /**
     * The payload of a secret.
     *
     * @param effective as {@link #spec} returned it: its environment is what {@code env} finds
     */
    ByteString secret(SecretReference reference, ContainerSpec effective) {
        var secret = Objects.requireNonNull(assigned.secrets().get(reference.getSecretId()));
        var content = secret.getSpec().getData();
        return expand(
                        "secret " + reference.getSecretName(),
                        secret.getSpec().hasTemplating(),
                        secret.getSpec().getTemplating(),
                        content,
                        effective)
                .content();
    }

    Payload config(ConfigReference reference, ContainerSpec effective) {
        var config = Objects.requireNonNull(assigned.configs().get(reference.getConfigId()));
        return expand(
                "config " + reference.getConfigName(),
                config.getSpec().hasTemplating(),
                config.getSpec().getTemplating(),
                config.getSpec().getData(),
                effective);
    }

    private Payload expand(String what, boolean templated, Driver driver, ByteString content, ContainerSpec effective) {
        if (!templated || driver.getName().isEmpty()) {
            return new Payload(content, false);
        }
        if (!driver.getName().equals(GO)) {
            throw TaskFailure.fatal("expanding " + what + " failed: template driver \"" + driver.getName()
                    + "\" is not supported: only " + GO + " is");
        }
        var lookups = new Lookups(effective);
        try {
            var expanded = Template.expand(content.toByteArray(), values, lookups.functions());
            return new Payload(UnsafeByteOperations.unsafeWrap(expanded), lookups.secretsRead);
        } catch (TemplateFailure e) {
            throw TaskFailure.fatal("expanding " + what + " failed: " + e.getMessage());
        }
    }

    /** What payloads may look up beside the placeholders. */
    private final class Lookups {
        private final ContainerSpec effective;
        private boolean secretsRead;

        Lookups(ContainerSpec effective) {
            this.effective = effective;
        }

        Map<String, TemplateFunction> functions() {
            return Map.of("env", this::env, "secret", this::secret, "config", this::config);
        }

        private Object env(List<Object> arguments) {
            var name = text(arguments, "env") + "=";
            String found = "";
            for (var each : effective.getEnvList()) {
                var variable = Template.bytes(each);
                if (variable.startsWith(name)) {
                    found = variable.substring(name.length());
                }
            }
            return found;
        }

        private Object secret(List<Object> arguments) {
            var target = text(arguments, "secret");
            for (var reference : effective.getSecretsList()) {
                if (Template.bytes(reference.getFile().getName()).equals(target)) {
                    secretsRead = true;
                    var secret = Objects.requireNonNull(assigned.secrets().get(reference.getSecretId()));
                    return secret.getSpec().getData().toString(StandardCharsets.ISO_8859_1);
                }
            }
            throw Template.failure("secret target " + target + " not found: the task's are "
                    + effective.getSecretsList().stream()
                            .map(reference -> reference.getFile().getName())
                            .collect(Collectors.joining(", ")));
        }

        private Object config(List<Object> arguments) {
            var target = text(arguments, "config");
            for (var reference : effective.getConfigsList()) {
                if (reference.hasFile()
                        && Template.bytes(reference.getFile().getName()).equals(target)) {
                    var config = Objects.requireNonNull(assigned.configs().get(reference.getConfigId()));
                    return config.getSpec().getData().toString(StandardCharsets.ISO_8859_1);
                }
            }
            throw Template.failure("config target " + target + " not found: the task's are "
                    + effective.getConfigsList().stream()
                            .map(reference -> reference.getFile().getName())
                            .collect(Collectors.joining(", ")));
        }

        private static String text(List<Object> arguments, String function) {
            if (arguments.size() == 1 && arguments.getFirst() instanceof String text) {
                return text;
            }
            throw Template.failure(function + " takes one text");
        }
    }
}
