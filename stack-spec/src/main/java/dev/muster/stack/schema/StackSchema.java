package dev.muster.stack.schema;

import dev.muster.stack.schema.Shape.Either;
import dev.muster.stack.schema.Shape.Keyed;
import dev.muster.stack.schema.Shape.ListOf;
import dev.muster.stack.schema.Shape.MapOf;
import dev.muster.stack.schema.Shape.Plain;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The schema of stack files, 3.0 to 3.13. A number before a shape is the minor version from which stock stack files
 * have the key; which versions take what was read off a stock client, key by key.
 */
final class StackSchema {

    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9._-]+");
    private static final Pattern ANYTHING = Pattern.compile(".+", Pattern.DOTALL);

    private static final Plain STRING = Plain.of(Shape.Type.STRING);
    private static final Plain INTEGER = Plain.of(Shape.Type.INTEGER);
    private static final Plain NUMBER = Plain.of(Shape.Type.NUMBER);
    private static final Plain BOOLEAN = Plain.of(Shape.Type.BOOLEAN);
    private static final Plain DURATION = STRING.as(Shape.Format.DURATION);
    private static final Plain STRING_OR_NUMBER = Plain.of(Shape.Type.STRING, Shape.Type.NUMBER);
    private static final ListOf STRINGS = new ListOf(STRING, false);
    private static final ListOf UNIQUE_STRINGS = new ListOf(STRING, true);
    private static final Shape STRING_OR_LIST = Either.of(STRING, UNIQUE_STRINGS);
    private static final Shape COMMAND = Either.of(STRING, STRINGS);
    private static final Shape OPTIONS = free(STRING_OR_NUMBER);
    private static final Shape LIST_OR_MAP =
            Either.of(free(Plain.of(Shape.Type.STRING, Shape.Type.NUMBER, Shape.Type.NULL)), UNIQUE_STRINGS);

    static final Shape ROOT = Keyed.closed()
            .key("version", STRING)
            .key("services", section(service(), true, 7))
            .key("networks", section(network(), false, 7))
            .key("volumes", section(volume(), true, 7))
            .key("secrets", 1, section(secret(), true, 7))
            .key("configs", 3, section(config(), true, 7))
            .extensions(4);

    private StackSchema() {}

    private static Shape free(Shape value) {
        return new MapOf(ANYTHING, value, false, Optional.empty());
    }

    private static Shape section(Shape entry, boolean refuseOthers, int extensionsSince) {
        return new MapOf(NAME, entry, refuseOthers, Optional.of(extensionsSince));
    }

    private static Shape service() {
        Keyed service = Keyed.closed()
                .key("deploy", deployment())
                .key("build", Either.of(STRING, build()))
                .key("cap_add", UNIQUE_STRINGS)
                .key("cap_drop", UNIQUE_STRINGS)
                .key("cgroupns_mode", 9, STRING)
                .key("cgroup_parent", STRING)
                .key("command", COMMAND)
                .key("configs", 3, fileReferences())
                .key("container_name", STRING)
                .key("credential_spec", 3, credentialSpec())
                .key("depends_on", UNIQUE_STRINGS)
                .key("devices", UNIQUE_STRINGS)
                .key("dns", STRING_OR_LIST)
                .key("dns_search", STRING_OR_LIST)
                .key("domainname", STRING)
                .key("entrypoint", COMMAND)
                .key("env_file", STRING_OR_LIST)
                .key("environment", LIST_OR_MAP)
                .key("expose", new ListOf(STRING_OR_NUMBER, true))
                .key("external_links", UNIQUE_STRINGS)
                .key("extra_hosts", LIST_OR_MAP)
                .key("healthcheck", healthcheck())
                .key("hostname", STRING)
                .key("image", STRING)
                .key("init", 7, BOOLEAN)
                .key("ipc", STRING)
                .key("isolation", 5, STRING)
                .key("labels", LIST_OR_MAP)
                .key("links", UNIQUE_STRINGS)
                .key("logging", logging());
        return process(service)
                .key("networks", Either.of(UNIQUE_STRINGS, serviceNetworks()))
                .key("ports", ports())
                .key("secrets", 1, fileReferences())
                .key("volumes", volumes())
                .extensions(7);
    }

    private static Keyed process(Keyed service) {
        return service.key("mac_address", STRING)
                .key("network_mode", STRING)
                .key("oom_score_adj", 13, INTEGER)
                .key("pid", Plain.of(Shape.Type.STRING, Shape.Type.NULL))
                .key("privileged", BOOLEAN)
                .key("read_only", BOOLEAN)
                .key("restart", STRING)
                .key("security_opt", UNIQUE_STRINGS)
                .key("shm_size", Plain.of(Shape.Type.NUMBER, Shape.Type.STRING))
                .key("stdin_open", BOOLEAN)
                .key("stop_grace_period", DURATION)
                .key("stop_signal", STRING)
                .key("sysctls", LIST_OR_MAP)
                .key("tmpfs", STRING_OR_LIST)
                .key("tty", BOOLEAN)
                .key("ulimits", ulimits())
                .key("user", STRING)
                .key("userns_mode", STRING)
                .key("working_dir", STRING);
    }

    private static Keyed build() {
        return Keyed.lenient()
                .key("context", STRING)
                .key("dockerfile", STRING)
                .key("args", LIST_OR_MAP)
                .key("labels", 3, LIST_OR_MAP)
                .key("cache_from", 2, UNIQUE_STRINGS)
                .key("network", 4, STRING)
                .key("target", 4, STRING)
                .key("shm_size", 5, Plain.of(Shape.Type.INTEGER, Shape.Type.STRING))
                .key("extra_hosts", 9, LIST_OR_MAP);
    }

    private static Shape fileReferences() {
        Keyed reference = Keyed.lenient()
                .key("source", STRING)
                .key("target", STRING)
                .key("uid", STRING)
                .key("gid", STRING)
                .key("mode", NUMBER);
        return new ListOf(Either.of(STRING, reference), false);
    }

    private static Keyed credentialSpec() {
        return Keyed.closed().key("config", 8, STRING).key("file", STRING).key("registry", STRING);
    }

    private static Keyed logging() {
        Shape options = free(Plain.of(Shape.Type.STRING, Shape.Type.NUMBER, Shape.Type.NULL));
        return Keyed.closed().key("driver", STRING).key("options", options);
    }

    private static Shape serviceNetworks() {
        Keyed attachment = Keyed.closed()
                .key("aliases", UNIQUE_STRINGS)
                .key("driver_opts", 13, OPTIONS)
                .key("ipv4_address", STRING)
                .key("ipv6_address", STRING);
        return new MapOf(NAME, Either.of(attachment, Plain.of(Shape.Type.NULL)), true, Optional.empty());
    }

    private static Shape ports() {
        Keyed port = Keyed.closed()
                .key("mode", 2, STRING)
                .key("target", 2, INTEGER)
                .key("published", 2, INTEGER)
                .key("protocol", 2, STRING);
        return new ListOf(Either.of(NUMBER.as(Shape.Format.PORTS), STRING.as(Shape.Format.PORTS), port), true);
    }

    private static Shape ulimits() {
        Keyed pair = Keyed.closed().required("hard", INTEGER).required("soft", INTEGER);
        return new MapOf(Pattern.compile("[a-z]+"), Either.of(INTEGER, pair), false, Optional.empty());
    }

    private static Shape volumes() {
        Keyed mount = Keyed.closed()
                .required("type", STRING)
                .key("source", STRING)
                .key("target", STRING)
                .key("read_only", BOOLEAN)
                .key("consistency", STRING)
                .key("bind", Keyed.lenient().key("propagation", STRING))
                .key("volume", Keyed.lenient().key("nocopy", BOOLEAN).key("subpath", STRING))
                .key("tmpfs", 6, Keyed.lenient().key("size", INTEGER));
        return new ListOf(Either.of(STRING, mount), false);
    }

    private static Keyed healthcheck() {
        return Keyed.closed()
                .key("disable", BOOLEAN)
                .key("interval", DURATION)
                .key("retries", NUMBER)
                .key("test", COMMAND)
                .key("timeout", DURATION)
                .key("start_period", 4, DURATION)
                .key("start_interval", 12, DURATION);
    }

    private static Keyed deployment() {
        Keyed limits = Keyed.closed().key("cpus", STRING).key("memory", STRING).key("pids", 9, INTEGER);
        Keyed generic = Keyed.closed()
                .key(
                        "discrete_resource_spec",
                        Keyed.closed().key("kind", STRING).key("value", NUMBER));
        Keyed reservations = Keyed.closed()
                .key("cpus", STRING)
                .key("memory", STRING)
                .key("generic_resources", 5, new ListOf(generic, false));
        Keyed restart = Keyed.closed()
                .key("condition", STRING)
                .key("delay", DURATION)
                .key("max_attempts", INTEGER)
                .key("window", DURATION);
        Keyed placement = Keyed.closed()
                .key("constraints", STRINGS)
                .key("preferences", 3, new ListOf(Keyed.closed().key("spread", STRING), false))
                .key("max_replicas_per_node", 8, INTEGER);
        return Keyed.closed()
                .key("mode", STRING)
                .key("endpoint_mode", 2, STRING)
                .key("replicas", INTEGER)
                .key("labels", LIST_OR_MAP)
                .key("rollback_config", 7, update())
                .key("update_config", update())
                .key("resources", Keyed.closed().key("limits", limits).key("reservations", reservations))
                .key("restart_policy", restart)
                .key("placement", placement)
                .orNull();
    }

    private static Keyed update() {
        return Keyed.closed()
                .key("parallelism", INTEGER)
                .key("delay", DURATION)
                .key("failure_action", STRING)
                .key("monitor", DURATION)
                .key("max_failure_ratio", NUMBER)
                .key("order", 4, Plain.words("start-first", "stop-first"));
    }

    private static Shape network() {
        Keyed subnet = Keyed.closed().key("subnet", STRING);
        return Keyed.closed()
                .key("name", 5, STRING)
                .key("driver", STRING)
                .key("driver_opts", OPTIONS)
                .key("ipam", Keyed.closed().key("driver", STRING).key("config", new ListOf(subnet, false)))
                .key("external", external(Keyed.closed()))
                .key("internal", BOOLEAN)
                .key("attachable", 2, BOOLEAN)
                .key("labels", LIST_OR_MAP)
                .extensions(7)
                .orNull();
    }

    private static Shape volume() {
        return Keyed.closed()
                .key("name", 4, STRING)
                .key("driver", STRING)
                .key("driver_opts", OPTIONS)
                .key("external", external(Keyed.closed()))
                .key("labels", LIST_OR_MAP)
                .key("x-cluster-spec", 7, Keyed.lenient())
                .extensions(7)
                .orNull();
    }

    private static Shape secret() {
        return Keyed.closed()
                .key("name", 5, STRING)
                .key("file", STRING)
                .key("external", external(Keyed.lenient()))
                .key("labels", LIST_OR_MAP)
                .key("driver", 8, STRING)
                .key("driver_opts", 8, OPTIONS)
                .key("template_driver", 8, STRING)
                .extensions(7);
    }

    private static Shape config() {
        return Keyed.closed()
                .key("name", 5, STRING)
                .key("file", STRING)
                .key("external", external(Keyed.lenient()))
                .key("labels", LIST_OR_MAP)
                .key("template_driver", 8, STRING)
                .extensions(7);
    }

    private static Shape external(Keyed mapping) {
        return new Either(List.of(BOOLEAN, mapping.key("name", STRING)), true);
    }
}
