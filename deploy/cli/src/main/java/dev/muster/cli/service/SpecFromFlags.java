package dev.muster.cli.service;

import dev.muster.api.Annotations;
import dev.muster.api.ConfigReference;
import dev.muster.api.ContainerSpec;
import dev.muster.api.CredentialSpec;
import dev.muster.api.DnsConfig;
import dev.muster.api.Driver;
import dev.muster.api.Durations;
import dev.muster.api.EndpointSpec;
import dev.muster.api.GlobalJobMode;
import dev.muster.api.GlobalMode;
import dev.muster.api.HealthConfig;
import dev.muster.api.Limits;
import dev.muster.api.Placement;
import dev.muster.api.Privileges;
import dev.muster.api.ReplicatedJobMode;
import dev.muster.api.ReplicatedMode;
import dev.muster.api.ResourceRequirements;
import dev.muster.api.Resources;
import dev.muster.api.SecretReference;
import dev.muster.api.ServiceSpec;
import dev.muster.api.TaskSpec;
import dev.muster.cli.command.CommandFailure;
import dev.muster.cli.console.Console;
import dev.muster.cli.flag.Arguments;
import dev.muster.cli.value.EnvFile;
import dev.muster.cli.value.FileOption;
import dev.muster.cli.value.MountOption;
import dev.muster.cli.value.NetworkOption;
import dev.muster.cli.value.Pairs;
import dev.muster.cli.value.PublishOption;
import dev.muster.stack.grammar.ImageName;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** The spec that the flags and arguments of {@code service create} describe. */
final class SpecFromFlags {

    private final Arguments flags;
    private final Console console;

    SpecFromFlags(Arguments flags, Console console) {
        this.flags = flags;
        this.console = console;
    }

    ServiceSpec build() {
        ServiceSpec.Builder spec = ServiceSpec.newBuilder()
                .setAnnotations(Annotations.newBuilder()
                        .setName(flags.text("name"))
                        .putAllLabels(Pairs.map(flags.list("label"))));
        mode(spec);
        boolean job = spec.hasReplicatedJob() || spec.hasGlobalJob();
        if (job && (SpecParts.saysUpdate(flags, "update") || SpecParts.saysUpdate(flags, "rollback"))) {
            throw new CommandFailure("update and rollback configuration is not supported for jobs");
        }
        if (SpecParts.saysUpdate(flags, "update")) {
            spec.setUpdate(SpecParts.update(flags, "update", SpecParts.defaultUpdate()));
        }
        if (SpecParts.saysUpdate(flags, "rollback")) {
            spec.setRollback(SpecParts.update(flags, "rollback", SpecParts.defaultUpdate()));
        }
        EndpointSpec.Builder endpoint =
                EndpointSpec.newBuilder().setMode(SpecParts.endpointMode(flags.text("endpoint-mode")));
        flags.list("publish").forEach(port -> endpoint.addAllPorts(PublishOption.parse(port)));
        return spec.setEndpoint(endpoint).setTask(task()).build();
    }

    private void mode(ServiceSpec.Builder spec) {
        String mode = flags.text("mode");
        boolean replicas = flags.has("replicas");
        boolean concurrent = flags.has("max-concurrent");
        if (mode.startsWith("global") && replicas) {
            throw new CommandFailure("replicas can only be used with replicated or replicated-job mode");
        }
        if (mode.startsWith("global") && flags.number("replicas-max-per-node") > 0) {
            throw new CommandFailure("replicas-max-per-node can only be used with replicated or replicated-job mode");
        }
        if (!mode.equals("replicated-job") && concurrent) {
            throw new CommandFailure("max-concurrent can only be used with replicated-job mode");
        }
        switch (mode) {
            case "replicated" -> {
                ReplicatedMode.Builder replicated = ReplicatedMode.newBuilder();
                spec.setReplicated(replicas ? replicated.setReplicas(flags.number("replicas")) : replicated);
            }
            case "global" -> spec.setGlobal(GlobalMode.getDefaultInstance());
            case "replicated-job" -> {
                ReplicatedJobMode.Builder job = ReplicatedJobMode.newBuilder();
                if (replicas) {
                    job.setTotalCompletions(flags.number("replicas")).setMaxConcurrent(flags.number("replicas"));
                }
                spec.setReplicatedJob(concurrent ? job.setMaxConcurrent(flags.number("max-concurrent")) : job);
            }
            case "global-job" -> spec.setGlobalJob(GlobalJobMode.getDefaultInstance());
            default ->
                throw new CommandFailure(
                        "Unknown mode: " + mode + ", only replicated, global, replicated-job and global-job supported");
        }
    }

    private TaskSpec task() {
        TaskSpec.Builder task = TaskSpec.newBuilder()
                .setContainer(container())
                .setResources(ResourceRequirements.newBuilder()
                        .setLimits(Limits.newBuilder()
                                .setNanoCpus(flags.nanoCpus("limit-cpu"))
                                .setMemoryBytes(flags.bytes("limit-memory"))
                                .setPids(flags.number("limit-pids")))
                        .setReservations(Resources.newBuilder()
                                .setNanoCpus(flags.nanoCpus("reserve-cpu"))
                                .setMemoryBytes(flags.bytes("reserve-memory"))
                                .addAllGeneric(flags.list("generic-resource").stream()
                                        .map(Pairs::genericResource)
                                        .toList())))
                .setPlacement(Placement.newBuilder()
                        .addAllConstraints(flags.list("constraint"))
                        .addAllSpread(flags.list("placement-pref").stream()
                                .map(Pairs::spread)
                                .toList())
                        .setMaxReplicas(flags.number("replicas-max-per-node")));
        flags.list("network").forEach(network -> task.addNetworks(NetworkOption.parse(network)));
        if (SpecParts.saysRestart(flags)) {
            task.setRestart(SpecParts.restart(flags, SpecParts.defaultRestart()));
        }
        logDriver(flags).ifPresent(task::setLogDriver);
        return task.build();
    }

    static java.util.Optional<Driver> logDriver(Arguments flags) {
        if (flags.text("log-driver").isEmpty()) {
            if (flags.has("log-opt")) {
                throw new CommandFailure("--log-opt needs --log-driver: options belong to a driver");
            }
            return java.util.Optional.empty();
        }
        return java.util.Optional.of(Driver.newBuilder()
                .setName(flags.text("log-driver"))
                .putAllOptions(Pairs.map(flags.list("log-opt")))
                .build());
    }

    private ContainerSpec container() {
        ContainerSpec.Builder container = ContainerSpec.newBuilder()
                .setImage(ImageName.withTag(flags.first()))
                .addAllArgs(flags.rest().subList(1, flags.rest().size()))
                .addAllCommand(SpecParts.words(flags, "entrypoint"))
                .putAllLabels(Pairs.map(flags.list("container-label")))
                .addAllEnv(environment())
                .setDir(flags.text("workdir"))
                .setUser(flags.text("user"))
                .addAllGroups(flags.list("group"))
                .setHostname(flags.text("hostname"))
                .setInit(flags.is("init"))
                .setTty(flags.is("tty"))
                .setReadOnly(flags.is("read-only"))
                .setIsolation(flags.text("isolation"))
                .setStopSignal(flags.text("stop-signal"))
                .setOomScoreAdj(flags.number("oom-score-adj"))
                .putAllSysctls(Pairs.map(flags.list("sysctl")))
                .addAllUlimits(flags.list("ulimit").stream().map(Pairs::ulimit).toList())
                .addAllHosts(flags.list("host").stream().map(Pairs::host).toList())
                .addAllMounts(
                        flags.list("mount").stream().map(MountOption::parse).toList());
        capabilities(container);
        if (flags.has("stop-grace-period")) {
            container.setStopGracePeriod(Durations.of(flags.duration("stop-grace-period")));
        }
        if (SpecParts.saysHealth(flags)) {
            container.setHealthcheck(SpecParts.health(flags, HealthConfig.getDefaultInstance()));
        }
        if (flags.hasAny("dns", "dns-search", "dns-option")) {
            container.setDns(DnsConfig.newBuilder()
                    .addAllNameservers(flags.list("dns"))
                    .addAllSearch(flags.list("dns-search"))
                    .addAllOptions(flags.list("dns-option")));
        }
        files(container);
        return container.build();
    }

    private List<String> environment() {
        List<String> variables = new ArrayList<>();
        flags.list("env-file").forEach(file -> variables.addAll(EnvFile.read(file, console)));
        flags.list("env").forEach(variable -> variables.add(EnvFile.expand(variable, console)));
        return Pairs.lastOfEachKey(variables);
    }

    /** One that is both added and dropped is added. */
    private void capabilities(ContainerSpec.Builder container) {
        var added = new TreeSet<String>();
        var dropped = new TreeSet<String>();
        flags.list("cap-add").forEach(name -> added.add(SpecParts.capability(name)));
        flags.list("cap-drop").forEach(name -> dropped.add(SpecParts.capability(name)));
        dropped.removeAll(added);
        container.addAllCapabilityAdd(added).addAllCapabilityDrop(dropped);
    }

    private void files(ContainerSpec.Builder container) {
        flags.list("secret").stream().map(FileOption::parse).forEach(option -> container.addSecrets(secret(option)));
        flags.list("config").stream().map(FileOption::parse).forEach(option -> container.addConfigs(config(option)));
        if (flags.has("credential-spec")) {
            CredentialSpec credentials = Pairs.credentialSpec(flags.text("credential-spec"));
            container.setPrivileges(Privileges.newBuilder().setCredentialSpec(credentials));
            if (!credentials.getConfig().isEmpty()) {
                container.addConfigs(ConfigReference.newBuilder().setConfigName(credentials.getConfig()));
            }
        }
    }

    static SecretReference secret(FileOption option) {
        return SecretReference.newBuilder()
                .setSecretName(option.source())
                .setFile(option.file())
                .build();
    }

    static ConfigReference config(FileOption option) {
        return ConfigReference.newBuilder()
                .setConfigName(option.source())
                .setFile(option.file())
                .build();
    }
}
