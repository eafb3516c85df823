package dev.muster.stack.convert;

import dev.muster.api.Annotations;
import dev.muster.api.ConfigReference;
import dev.muster.api.ContainerSpec;
import dev.muster.api.DnsConfig;
import dev.muster.api.Driver;
import dev.muster.api.FileTarget;
import dev.muster.api.HealthConfig;
import dev.muster.api.NetworkAttachmentConfig;
import dev.muster.api.SecretReference;
import dev.muster.api.ServiceSpec;
import dev.muster.api.TaskSpec;
import dev.muster.api.Ulimit;
import dev.muster.stack.document.Problems;
import dev.muster.stack.document.Value;
import dev.muster.stack.grammar.ImageName;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One service of a stack to its spec. Everything that a file may order differently is sorted: equal files, equal
 * specs.
 */
final class ServiceConverter {

    static final String DEFAULT_NETWORK = "default";

    /** Networks of the host's own, which know no aliases. */
    private static final Set<String> OF_HOST = Set.of("host", "bridge", "none", "default");

    private static final int DEFAULT_MODE = 0444;

    private final Namespace namespace;
    private final Value.Mapping stack;
    private final Problems problems;
    private final DeployConverter deploys;
    private final VolumeConverter volumes;

    ServiceConverter(Namespace namespace, Value.Mapping stack, Problems problems) {
        this.namespace = namespace;
        this.stack = stack;
        this.problems = problems;
        this.deploys = new DeployConverter(problems);
        this.volumes = new VolumeConverter(
                namespace, stack.mapping("volumes").orElse(Value.Mapping.empty(stack.at())), problems);
    }

    ServiceSpec convert(String name, Value.Mapping service) {
        Value.Mapping deploy = service.mapping("deploy").orElse(Value.Mapping.empty(service.at()));
        String image = service.text("image");
        if (image.isBlank()) {
            problems.add(
                    service.at(),
                    "invalid image reference for service " + name + ": no image specified",
                    "a stack runs images: build them first, and name one with image:");
        }
        Annotations.Builder annotations = Annotations.newBuilder()
                .setName(namespace.scope(name))
                .putAllLabels(namespace.labels(deploy))
                .putLabels(Namespace.IMAGE_LABEL, image);
        ServiceSpec.Builder spec = ServiceSpec.newBuilder().setAnnotations(annotations);
        deploys.mode(name, deploy, spec);
        deploys.update(name, deploy.mapping("update_config"), false).ifPresent(spec::setUpdate);
        deploys.update(name, deploy.mapping("rollback_config"), true).ifPresent(spec::setRollback);
        spec.setEndpoint(deploys.endpoint(name, service, deploy));
        TaskSpec.Builder task = TaskSpec.newBuilder().setContainer(container(name, service, image));
        deploys.resources(name, deploy).ifPresent(task::setResources);
        deploys.restart(name, service, deploy).ifPresent(task::setRestart);
        deploys.placement(name, deploy).ifPresent(task::setPlacement);
        task.addAllNetworks(networks(name, service));
        service.mapping("logging")
                .ifPresent(logging -> task.setLogDriver(Driver.newBuilder()
                        .setName(logging.text("driver"))
                        .putAllOptions(Namespace.texts(logging.mapping("options")))));
        return spec.setTask(task).build();
    }

    private ContainerSpec container(String name, Value.Mapping service, String image) {
        Capabilities capabilities = Capabilities.of(service.items("cap_add"), service.items("cap_drop"));
        ContainerSpec.Builder container = ContainerSpec.newBuilder()
                .setImage(ImageName.withTag(image))
                .putAllLabels(namespace.labels(service))
                .addAllCommand(texts(service, "entrypoint"))
                .addAllArgs(texts(service, "command"))
                .setHostname(service.text("hostname"))
                .addAllEnv(environment(service))
                .setDir(service.text("working_dir"))
                .setUser(service.text("user"))
                .setStopSignal(service.text("stop_signal"))
                .setTty(service.flag("tty"))
                .setOpenStdin(service.flag("stdin_open"))
                .setReadOnly(service.flag("read_only"))
                .setIsolation(service.text("isolation"))
                .putAllSysctls(Namespace.texts(service.mapping("sysctls")))
                .addAllCapabilityAdd(capabilities.add())
                .addAllCapabilityDrop(capabilities.drop())
                .addAllHosts(hosts(service))
                .addAllUlimits(ulimits(service));
        service.scalar("init").ifPresent(init -> container.setInit(service.flag("init")));
        service.scalar("oom_score_adj").flatMap(Value.Scalar::integer).ifPresent(container::setOomScoreAdj);
        DeployConverter.duration(service, "stop_grace_period").ifPresent(container::setStopGracePeriod);
        service.mapping("healthcheck").ifPresent(health -> container.setHealthcheck(health(name, health)));
        dns(service).ifPresent(container::setDns);
        service.items("volumes")
                .forEach(volume -> volumes.mount(name, (Value.Mapping) volume).ifPresent(container::addMounts));
        for (Value mount : service.items("tmpfs")) {
            TmpfsOption.mount((Value.Scalar) mount, name, problems).ifPresent(container::addMounts);
        }
        container.addAllSecrets(secrets(name, service));
        List<ConfigReference> configs = new ArrayList<>(configs(name, service));
        new CredentialSpecs(namespace, stack, problems)
                .convert(name, service, configs)
                .ifPresent(container::setPrivileges);
        configs.sort(Comparator.comparing(ConfigReference::getConfigName));
        return container.addAllConfigs(configs).build();
    }

    private static List<String> texts(Value.Mapping mapping, String key) {
        return mapping.items(key).stream()
                .map(item -> ((Value.Scalar) item).text())
                .toList();
    }

    private static List<String> environment(Value.Mapping service) {
        return service.mapping("environment")
                .map(variables -> variables.fields().entrySet().stream()
                        .map(entry -> entry.getValue().value().isNull()
                                ? entry.getKey()
                                : entry.getKey() + "=" + variables.text(entry.getKey()))
                        .sorted()
                        .toList())
                .orElse(List.of());
    }

    /** {@code host:ip} to {@code IP host}. */
    private static List<String> hosts(Value.Mapping service) {
        return texts(service, "extra_hosts").stream()
                .map(entry -> entry.substring(entry.indexOf(':') + 1) + " " + entry.substring(0, entry.indexOf(':')))
                .sorted()
                .toList();
    }

    private static List<Ulimit> ulimits(Value.Mapping service) {
        return service.mapping("ulimits")
                .map(limits -> limits.fields().keySet().stream()
                        .sorted()
                        .map(name -> ulimit(name, limits))
                        .toList())
                .orElse(List.of());
    }

    private static Ulimit ulimit(String name, Value.Mapping limits) {
        Optional<Value.Mapping> pair = limits.mapping(name);
        Optional<Value.Scalar> both = limits.scalar(name);
        Optional<Value.Scalar> soft = pair.map(some -> some.scalar("soft")).orElse(both);
        Optional<Value.Scalar> hard = pair.map(some -> some.scalar("hard")).orElse(both);
        return Ulimit.newBuilder()
                .setName(name)
                .setSoft(soft.flatMap(Value.Scalar::integer).orElse(0L))
                .setHard(hard.flatMap(Value.Scalar::integer).orElse(0L))
                .build();
    }

    private HealthConfig health(String service, Value.Mapping written) {
        HealthConfig.Builder health = HealthConfig.newBuilder();
        List<String> test = texts(written, "test");
        if (written.flag("disable")) {
            if (!test.isEmpty()) {
                String message = "service " + service + ": test and disable can't be set at the same time";
                problems.add(written.keyAt("disable"), message);
            }
            return health.addTest("NONE").build();
        }
        health.addAllTest(test);
        DeployConverter.duration(written, "interval").ifPresent(health::setInterval);
        DeployConverter.duration(written, "timeout").ifPresent(health::setTimeout);
        DeployConverter.duration(written, "start_period").ifPresent(health::setStartPeriod);
        DeployConverter.duration(written, "start_interval").ifPresent(health::setStartInterval);
        Optional<Value.Scalar> retries = written.scalar("retries");
        retries.flatMap(Value.Scalar::integer)
                .filter(number -> number >= 0 && number <= Integer.MAX_VALUE)
                .ifPresentOrElse(
                        number -> health.setRetries(number.intValue()),
                        () -> retries.ifPresent(wrong -> problems.add(
                                wrong.at(), "service " + service + ": retries: invalid value " + wrong.text())));
        return health.build();
    }

    private static Optional<DnsConfig> dns(Value.Mapping service) {
        List<String> servers = texts(service, "dns");
        List<String> search = texts(service, "dns_search");
        if (servers.isEmpty() && search.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(DnsConfig.newBuilder()
                .addAllNameservers(servers)
                .addAllSearch(search)
                .build());
    }

    private List<NetworkAttachmentConfig> networks(String name, Value.Mapping service) {
        Map<String, Value.Field> wanted = service.mapping("networks")
                .map(Value.Mapping::fields)
                .filter(fields -> !fields.isEmpty())
                .orElse(Map.of(DEFAULT_NETWORK, new Value.Field(service.at(), Value.Scalar.ofNull(service.at()))));
        List<NetworkAttachmentConfig> networks = new ArrayList<>();
        wanted.forEach((network, field) -> {
            Optional<Value.Mapping> entry = entry("networks", network);
            if (entry.isEmpty() && !network.equals(DEFAULT_NETWORK)) {
                undefined(name, "network", network, field);
                return;
            }
            String target = entry.map(some -> namespace.nameOf(network, some)).orElse(namespace.scope(network));
            Value.Mapping attachment =
                    field.value() instanceof Value.Mapping some ? some : Value.Mapping.empty(field.key());
            NetworkAttachmentConfig.Builder config = NetworkAttachmentConfig.newBuilder()
                    .setTarget(target)
                    .addAllAliases(texts(attachment, "aliases"))
                    .putAllDriverOpts(Namespace.texts(attachment.mapping("driver_opts")));
            if (!OF_HOST.contains(target)) {
                config.addAliases(name);
            }
            networks.add(config.build());
        });
        networks.sort(Comparator.comparing(NetworkAttachmentConfig::getTarget));
        return networks;
    }

    private void undefined(String service, String kind, String name, Value.Field field) {
        String message = "service " + service + ": undefined " + kind + " \"" + name + "\"";
        problems.add(field.key(), message, "name it in the top-level " + kind + "s section");
    }

    private Optional<Value.Mapping> entry(String section, String name) {
        return stack.mapping(section).flatMap(entries -> entries.mapping(name));
    }

    private List<SecretReference> secrets(String service, Value.Mapping definition) {
        List<SecretReference> references = new ArrayList<>();
        for (Value item : definition.items("secrets")) {
            Value.Mapping written = (Value.Mapping) item;
            String source = written.text("source");
            Optional<Value.Mapping> entry = entry("secrets", source);
            if (entry.isEmpty()) {
                undefined(service, "secret", source, new Value.Field(written.at(), written));
                continue;
            }
            references.add(SecretReference.newBuilder()
                    .setSecretName(namespace.nameOf(source, entry.get()))
                    .setFile(file(service, written))
                    .build());
        }
        references.sort(Comparator.comparing(SecretReference::getSecretName));
        return references;
    }

    private List<ConfigReference> configs(String service, Value.Mapping definition) {
        List<ConfigReference> references = new ArrayList<>();
        for (Value item : definition.items("configs")) {
            Value.Mapping written = (Value.Mapping) item;
            String source = written.text("source");
            Optional<Value.Mapping> entry = entry("configs", source);
            if (entry.isEmpty()) {
                undefined(service, "config", source, new Value.Field(written.at(), written));
                continue;
            }
            references.add(ConfigReference.newBuilder()
                    .setConfigName(namespace.nameOf(source, entry.get()))
                    .setFile(file(service, written))
                    .build());
        }
        return references;
    }

    private FileTarget file(String service, Value.Mapping written) {
        long mode = DEFAULT_MODE;
        Optional<Value.Scalar> given = written.scalar("mode");
        if (given.isPresent()) {
            mode = given.get()
                    .integer()
                    .filter(bits -> bits >= 0 && bits <= 07777)
                    .orElseGet(() -> {
                        String message = "service " + service + ": invalid mode "
                                + given.get().text();
                        problems.add(given.get().at(), message, "expected an octal number such as 0440");
                        return (long) DEFAULT_MODE;
                    });
        }
        return FileTarget.newBuilder()
                .setName(written.text("target").isEmpty() ? written.text("source") : written.text("target"))
                .setUid(written.text("uid").isEmpty() ? "0" : written.text("uid"))
                .setGid(written.text("gid").isEmpty() ? "0" : written.text("gid"))
                .setMode((int) mode)
                .build();
    }
}
