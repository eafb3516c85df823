package dev.muster.stack.load;

import dev.muster.api.PortConfig;
import dev.muster.stack.document.Value;
import dev.muster.stack.grammar.ByteSize;
import dev.muster.stack.grammar.GoDuration;
import dev.muster.stack.grammar.PortSpec;
import dev.muster.stack.grammar.ShellWords;
import dev.muster.stack.grammar.SyntaxFailure;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** One service, checked by the schema, to its long form. */
final class ServiceLoader {

    private static final List<String> LISTS = List.of("dns", "dns_search", "env_file", "expose", "tmpfs");
    private static final List<String> UPDATE_DURATIONS = List.of("delay", "monitor");
    private static final List<String> HEALTH_DURATIONS =
            List.of("interval", "timeout", "start_period", "start_interval");

    private final Surroundings surroundings;
    private final VolumeLoader volumes;
    private final EnvironmentLoader environments;

    ServiceLoader(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.volumes = new VolumeLoader(surroundings);
        this.environments = new EnvironmentLoader(surroundings);
    }

    Value.Mapping load(String name, Value.Mapping written) {
        String path = "services." + name;
        Value.Mapping service = withoutNulls(written);
        for (String key : LISTS) {
            service = service.change(key, Forms::list);
        }
        for (String key : List.of("labels", "sysctls")) {
            service = service.change(key, Forms::labels);
        }
        service = service.change("command", value -> command(value, path + ".command"))
                .change("entrypoint", value -> command(value, path + ".entrypoint"))
                .change("environment", Forms::variables)
                .change("extra_hosts", this::hosts)
                .change("healthcheck", value -> healthcheck((Value.Mapping) value))
                .change("logging", value -> ((Value.Mapping) value).change("options", Forms::labels))
                .change("networks", ServiceLoader::networks)
                .change("ports", value -> Forms.each(value, this::ports))
                .change("volumes", value -> Forms.each(value, volumes::load))
                .change("shm_size", Forms::string)
                .change("build", value -> build(value));
        service = service.change("stop_grace_period", ServiceLoader::duration)
                .change("configs", value -> Forms.each(value, item -> Stream.of(fileReference(item))))
                .change("secrets", value -> Forms.each(value, item -> Stream.of(fileReference(item))))
                .change("deploy", value -> deployment((Value.Mapping) value, path + ".deploy"));
        return environments.resolve(service);
    }

    private static Value.Mapping withoutNulls(Value.Mapping mapping) {
        Value.Mapping result = mapping;
        for (var field : mapping.fields().entrySet()) {
            if (field.getValue().value().isNull()) {
                result = result.without(field.getKey());
            }
        }
        return result;
    }

    private Value command(Value value, String path) {
        if (!(value instanceof Value.Scalar scalar)) {
            return value;
        }
        return checked(
                scalar,
                path,
                line -> new Value.Sequence(
                        scalar.at(),
                        ShellWords.split(line).stream()
                                .map(word -> (Value) Value.Scalar.of(scalar.at(), word))
                                .toList()));
    }

    private Value checked(Value.Scalar scalar, String path, Function<String, Value> parse) {
        try {
            return parse.apply(scalar.text());
        } catch (SyntaxFailure failure) {
            surroundings.problems().add(scalar.at(), path + ": " + failure.getMessage());
            return scalar;
        }
    }

    /** The schema has seen to it that it is a duration. */
    private static Value duration(Value value) {
        return Value.Scalar.of(value.at(), GoDuration.format(GoDuration.parse(((Value.Scalar) value).text())));
    }

    private static Value.Mapping durations(Value.Mapping mapping, List<String> keys) {
        Value.Mapping result = mapping;
        for (String key : keys) {
            result = result.change(key, ServiceLoader::duration);
        }
        return result;
    }

    /** Entries {@code host:ip}; a mapping's in the order of its hosts. */
    private Value hosts(Value value) {
        if (value instanceof Value.Mapping mapping) {
            return new Value.Sequence(
                    value.at(),
                    mapping.fields().entrySet().stream()
                            .map(entry -> entry.getKey() + ":"
                                    + ((Value.Scalar) entry.getValue().value()).text())
                            .sorted()
                            .map(entry -> (Value) Value.Scalar.of(value.at(), entry))
                            .toList());
        }
        return Forms.each(value, item -> {
            String text = ((Value.Scalar) item).text();
            int equals = text.indexOf('=');
            int colon = text.indexOf(':');
            if (equals >= 0 && (colon < 0 || equals < colon)) {
                text = text.substring(0, equals) + ":" + text.substring(equals + 1);
            } else if (colon < 0) {
                surroundings.warnings().add(item.at() + ": ignoring extra host \"" + text + "\": it has no address");
                return Stream.empty();
            }
            return Stream.of(Value.Scalar.of(item.at(), text));
        });
    }

    private static Value healthcheck(Value.Mapping health) {
        return durations(health, HEALTH_DURATIONS).change("test", test -> {
            if (!(test instanceof Value.Scalar line)) {
                return test;
            }
            Value shell = Value.Scalar.of(line.at(), "CMD-SHELL");
            return new Value.Sequence(line.at(), List.of(shell, line));
        });
    }

    private static Value networks(Value value) {
        if (value instanceof Value.Mapping mapping) {
            UnaryOperator<Value> options = attachment ->
                    attachment instanceof Value.Mapping some ? some.change("driver_opts", Forms::labels) : attachment;
            Value.Mapping result = mapping;
            for (String name : mapping.fields().keySet()) {
                result = result.change(name, options);
            }
            return result;
        }
        Value.Mapping result = Value.Mapping.empty(value.at());
        for (Value name : ((Value.Sequence) value).items()) {
            result = result.with(((Value.Scalar) name).text(), Value.Scalar.ofNull(name.at()));
        }
        return result;
    }

    private Stream<Value> ports(Value value) {
        if (value instanceof Value.Mapping) {
            return Stream.of(value);
        }
        String text = ((Value.Scalar) value).text();
        PortSpec spec = PortSpec.parse(text);
        if (!spec.hostIp().isEmpty()
                && !spec.hostIp().equals("0.0.0.0")
                && !spec.hostIp().equals("::")) {
            surroundings.warnings().add("ignoring IP-address (" + text + ") service will listen on '0.0.0.0'");
        }
        return spec.ports().stream().map(port -> port(value, port));
    }

    private static Value port(Value written, PortConfig port) {
        Value.Mapping mapping = Value.Mapping.empty(written.at())
                .with("mode", Value.Scalar.of(written.at(), "ingress"))
                .with("target", Value.Scalar.of(written.at(), (long) port.getTargetPort()));
        if (port.getPublishedPort() != 0) {
            mapping = mapping.with("published", Value.Scalar.of(written.at(), (long) port.getPublishedPort()));
        }
        return mapping.with("protocol", Value.Scalar.of(written.at(), PortSpec.word(port.getProtocol())));
    }

    private static Value fileReference(Value value) {
        return value instanceof Value.Mapping
                ? value
                : Value.Mapping.empty(value.at()).with("source", value);
    }

    private static Value build(Value value) {
        if (value instanceof Value.Scalar) {
            return Value.Mapping.empty(value.at()).with("context", value);
        }
        return ((Value.Mapping) value).change("args", Forms::variables).change("labels", Forms::labels);
    }

    private Value deployment(Value.Mapping deploy, String path) {
        return deploy.change("labels", Forms::labels)
                .change("update_config", update -> durations((Value.Mapping) update, UPDATE_DURATIONS))
                .change("rollback_config", update -> durations((Value.Mapping) update, UPDATE_DURATIONS))
                .change("restart_policy", restart -> durations((Value.Mapping) restart, List.of("delay", "window")))
                .change(
                        "resources",
                        resources -> ((Value.Mapping) resources)
                                .change("limits", limits -> memory(limits, path + ".resources.limits"))
                                .change("reservations", limits -> memory(limits, path + ".resources.reservations")));
    }

    private Value memory(Value limits, String path) {
        return ((Value.Mapping) limits)
                .change(
                        "memory",
                        size -> checked(
                                (Value.Scalar) size,
                                path + ".memory",
                                text -> Value.Scalar.of(size.at(), Long.toString(ByteSize.parse(text)))));
    }
}
