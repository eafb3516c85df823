package dev.muster.stack.convert;

import com.google.protobuf.Duration;
import dev.muster.api.EndpointSpec;
import dev.muster.api.GenericResource;
import dev.muster.api.GlobalJobMode;
import dev.muster.api.GlobalMode;
import dev.muster.api.Limits;
import dev.muster.api.Placement;
import dev.muster.api.PortConfig;
import dev.muster.api.PublishMode;
import dev.muster.api.ReplicatedJobMode;
import dev.muster.api.ReplicatedMode;
import dev.muster.api.ResourceRequirements;
import dev.muster.api.Resources;
import dev.muster.api.RestartPolicy;
import dev.muster.api.ServiceSpec;
import dev.muster.api.UpdateConfig;
import dev.muster.stack.document.Position;
import dev.muster.stack.document.Problems;
import dev.muster.stack.document.Value;
import dev.muster.stack.grammar.GoDuration;
import dev.muster.stack.grammar.NanoCpus;
import dev.muster.stack.grammar.PortSpec;
import dev.muster.stack.grammar.SyntaxFailure;
import java.util.Comparator;
import java.util.Optional;
import java.util.function.LongConsumer;

/** A service's {@code deploy} section, its ports, and {@code restart} where deploy says nothing of it. */
final class DeployConverter {

    private final Problems problems;

    DeployConverter(Problems problems) {
        this.problems = problems;
    }

    void mode(String service, Value.Mapping deploy, ServiceSpec.Builder spec) {
        Optional<Long> replicas = count(deploy, "replicas", service);
        switch (deploy.text("mode")) {
            case "", "replicated" -> {
                ReplicatedMode.Builder mode = ReplicatedMode.newBuilder();
                replicas.ifPresent(mode::setReplicas);
                spec.setReplicated(mode);
            }
            case "replicated-job" -> {
                ReplicatedJobMode.Builder mode = ReplicatedJobMode.newBuilder();
                replicas.ifPresent(number -> mode.setMaxConcurrent(number).setTotalCompletions(number));
                spec.setReplicatedJob(mode);
            }
            case "global" -> {
                refuseReplicas(service, deploy);
                spec.setGlobal(GlobalMode.getDefaultInstance());
            }
            case "global-job" -> {
                refuseReplicas(service, deploy);
                spec.setGlobalJob(GlobalJobMode.getDefaultInstance());
            }
            default -> {
                String hint = "expected replicated, global, replicated-job or global-job";
                refuse(deploy.scalar("mode").orElseThrow(), service, "unknown mode: " + deploy.text("mode"), hint);
            }
        }
    }

    private void refuseReplicas(String service, Value.Mapping deploy) {
        if (deploy.find("replicas").isPresent()) {
            String message =
                    "service " + service + ": replicas can only be used with replicated or replicated-job mode";
            problems.add(deploy.keyAt("replicas"), message);
        }
    }

    Optional<UpdateConfig> update(String service, Optional<Value.Mapping> section, boolean rollback) {
        return section.map(update -> {
            UpdateConfig.Builder config = UpdateConfig.newBuilder()
                    .setParallelism(count(update, "parallelism", service).orElse(1L));
            duration(update, "delay").ifPresent(config::setDelay);
            duration(update, "monitor").ifPresent(config::setMonitor);
            update.scalar("max_failure_ratio")
                    .flatMap(Value.Scalar::number)
                    .ifPresent(ratio -> config.setMaxFailureRatio(ratio.floatValue()));
            if (update.text("order").equals("start-first")) {
                config.setOrder(UpdateConfig.Order.START_FIRST);
            }
            String action = update.text("failure_action");
            switch (action) {
                case "", "pause" -> config.setFailureAction(UpdateConfig.FailureAction.PAUSE);
                case "continue" -> config.setFailureAction(UpdateConfig.FailureAction.CONTINUE);
                case "rollback" -> config.setFailureAction(UpdateConfig.FailureAction.ROLLBACK);
                default -> {
                    String hint = rollback ? "expected pause or continue" : "expected pause, continue or rollback";
                    String message = "unknown failure_action: " + action;
                    refuse(update.scalar("failure_action").orElseThrow(), service, message, hint);
                }
            }
            return config.build();
        });
    }

    EndpointSpec endpoint(String service, Value.Mapping definition, Value.Mapping deploy) {
        EndpointSpec.Builder endpoint = EndpointSpec.newBuilder();
        switch (deploy.text("endpoint_mode")) {
            case "", "vip" -> endpoint.setMode(EndpointSpec.Mode.VIP);
            case "dnsrr" -> endpoint.setMode(EndpointSpec.Mode.DNSRR);
            default -> {
                String message = "unknown endpoint_mode: " + deploy.text("endpoint_mode");
                refuse(deploy.scalar("endpoint_mode").orElseThrow(), service, message, "expected vip or dnsrr");
            }
        }
        definition.items("ports").stream()
                .map(port -> port(service, (Value.Mapping) port))
                .sorted(Comparator.comparingInt(PortConfig::getPublishedPort))
                .forEach(endpoint::addPorts);
        return endpoint.build();
    }

    private PortConfig port(String service, Value.Mapping written) {
        PortConfig.Builder port = PortConfig.newBuilder();
        if (written.find("target").isEmpty()) {
            problems.add(written.at(), "service " + service + ": a port needs a target");
        }
        number(written, "target", service, 65_535).ifPresent(target -> port.setTargetPort(target.intValue()));
        number(written, "published", service, 65_535)
                .ifPresent(published -> port.setPublishedPort(published.intValue()));
        try {
            port.setProtocol(PortSpec.protocol(written.text("protocol")));
        } catch (SyntaxFailure failure) {
            refuse(written.scalar("protocol").orElseThrow(), service, failure.getMessage(), "");
        }
        switch (written.text("mode")) {
            case "", "ingress" -> port.setPublishMode(PublishMode.PUBLISH_INGRESS);
            case "host" -> port.setPublishMode(PublishMode.PUBLISH_HOST);
            default -> {
                String message = "unknown port mode: " + written.text("mode");
                refuse(written.scalar("mode").orElseThrow(), service, message, "expected ingress or host");
            }
        }
        return port.build();
    }

    Optional<RestartPolicy> restart(String service, Value.Mapping definition, Value.Mapping deploy) {
        Optional<Value.Mapping> policy = deploy.mapping("restart_policy");
        if (policy.isEmpty()) {
            return definition.scalar("restart").flatMap(word -> restartWord(service, word));
        }
        Value.Mapping written = policy.get();
        RestartPolicy.Builder restart = RestartPolicy.newBuilder();
        switch (written.text("condition")) {
            case "", "any" -> restart.setCondition(RestartPolicy.Condition.ANY);
            case "on-failure" -> restart.setCondition(RestartPolicy.Condition.ON_FAILURE);
            case "none" -> restart.setCondition(RestartPolicy.Condition.NONE);
            default -> {
                String message = "unknown restart condition: " + written.text("condition");
                refuse(written.scalar("condition").orElseThrow(), service, message, "expected none, on-failure or any");
            }
        }
        duration(written, "delay").ifPresent(restart::setDelay);
        duration(written, "window").ifPresent(restart::setWindow);
        count(written, "max_attempts", service).ifPresent(restart::setMaxAttempts);
        return Optional.of(restart.build());
    }

    private Optional<RestartPolicy> restartWord(String service, Value.Scalar word) {
        String text = word.text();
        String name = text.contains(":") ? text.substring(0, text.indexOf(':')) : text;
        String attempts = text.contains(":") ? text.substring(text.indexOf(':') + 1) : "";
        RestartPolicy.Builder policy = RestartPolicy.newBuilder();
        switch (name) {
            case "", "no" -> {
                return Optional.empty();
            }
            case "always", "unless-stopped" -> policy.setCondition(RestartPolicy.Condition.ANY);
            case "on-failure" -> policy.setCondition(RestartPolicy.Condition.ON_FAILURE);
            default ->
                refuse(
                        word,
                        service,
                        "invalid restart policy: unknown policy '" + name
                                + "' (must be one of 'no', 'always', 'on-failure', or 'unless-stopped')",
                        "");
        }
        if (!attempts.isEmpty()) {
            if (!name.equals("on-failure")) {
                String message = "invalid restart policy: maximum retry count can only be used with 'on-failure'";
                refuse(word, service, message, "");
            } else if (attempts.matches("[0-9]{1,9}")) {
                policy.setMaxAttempts(Long.parseLong(attempts));
            } else {
                refuse(word, service, "invalid restart policy: maximum retry count must be an integer", "");
            }
        }
        return Optional.of(policy.build());
    }

    Optional<Placement> placement(String service, Value.Mapping deploy) {
        return deploy.mapping("placement").map(written -> {
            Placement.Builder placement = Placement.newBuilder();
            written.items("constraints").forEach(item -> placement.addConstraints(((Value.Scalar) item).text()));
            written.items("preferences").forEach(item -> placement.addSpread(((Value.Mapping) item).text("spread")));
            count(written, "max_replicas_per_node", service).ifPresent(placement::setMaxReplicas);
            return placement.build();
        });
    }

    Optional<ResourceRequirements> resources(String service, Value.Mapping deploy) {
        return deploy.mapping("resources").map(written -> {
            ResourceRequirements.Builder resources = ResourceRequirements.newBuilder();
            written.mapping("limits").ifPresent(section -> {
                Limits.Builder limits = Limits.newBuilder();
                amounts(service, section, limits::setNanoCpus, limits::setMemoryBytes);
                count(section, "pids", service).ifPresent(limits::setPids);
                resources.setLimits(limits);
            });
            written.mapping("reservations").ifPresent(section -> {
                Resources.Builder reserved = Resources.newBuilder();
                amounts(service, section, reserved::setNanoCpus, reserved::setMemoryBytes);
                section.items("generic_resources")
                        .forEach(item -> ((Value.Mapping) item)
                                .mapping("discrete_resource_spec")
                                .ifPresent(spec -> reserved.addGeneric(GenericResource.newBuilder()
                                        .setKind(spec.text("kind"))
                                        .setDiscrete(
                                                count(spec, "value", service).orElse(0L)))));
                resources.setReservations(reserved);
            });
            return resources.build();
        });
    }

    private void amounts(String service, Value.Mapping section, LongConsumer cpus, LongConsumer memory) {
        section.scalar("cpus").ifPresent(text -> {
            try {
                cpus.accept(NanoCpus.parse(text.text()));
            } catch (SyntaxFailure failure) {
                refuse(text, service, "cpus: " + failure.getMessage(), "expected a decimal such as '0.5'");
            }
        });
        section.scalar("memory").ifPresent(bytes -> memory.accept(Long.parseLong(bytes.text())));
    }

    private Optional<Long> count(Value.Mapping section, String key, String service) {
        return number(section, key, service, Long.MAX_VALUE);
    }

    private Optional<Long> number(Value.Mapping section, String key, String service, long most) {
        Optional<Value.Scalar> scalar = section.scalar(key);
        Optional<Long> number = scalar.flatMap(Value.Scalar::integer);
        if (scalar.isPresent()
                && number.filter(value -> value >= 0 && value <= most).isEmpty()) {
            String bound = most == Long.MAX_VALUE ? "a whole number, not negative" : "a number from 0 to " + most;
            refuse(
                    scalar.get(),
                    service,
                    key + ": invalid value " + scalar.get().text(),
                    "expected " + bound);
            return Optional.empty();
        }
        return number;
    }

    private void refuse(Value.Scalar value, String service, String message, String hint) {
        Position at = value.at();
        problems.add(at, "service " + service + ": " + message, hint);
    }

    /** Of a key in the long form, which has been checked. */
    static Optional<Duration> duration(Value.Mapping section, String key) {
        return section.scalar(key).map(scalar -> {
            long nanos = GoDuration.parse(scalar.text()).toNanos();
            return Duration.newBuilder()
                    .setSeconds(nanos / 1_000_000_000)
                    .setNanos((int) (nanos % 1_000_000_000))
                    .build();
        });
    }
}
