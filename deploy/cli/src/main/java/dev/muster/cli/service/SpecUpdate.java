package dev.muster.cli.service;

import dev.muster.api.ContainerSpec;
import dev.muster.api.Durations;
import dev.muster.api.Limits;
import dev.muster.api.Placement;
import dev.muster.api.ResourceRequirements;
import dev.muster.api.Resources;
import dev.muster.api.ServiceSpec;
import dev.muster.api.TaskSpec;
import dev.muster.cli.command.CommandFailure;
import dev.muster.cli.console.Console;
import dev.muster.cli.flag.Arguments;
import dev.muster.cli.value.Pairs;
import dev.muster.stack.grammar.ImageName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/** A service's spec with the changes that the flags of {@code service update} ask for. What no flag names stays. */
final class SpecUpdate {

    private final Arguments flags;
    private final Console console;
    private final UnaryOperator<String> networkId;

    /** The operator turns a network's name into its id, or fails in the daemon's words. */
    SpecUpdate(Arguments flags, Console console, UnaryOperator<String> networkId) {
        this.flags = flags;
        this.console = console;
        this.networkId = networkId;
    }

    ServiceSpec apply(ServiceSpec current) {
        ServiceSpec.Builder spec = current.toBuilder();
        spec.getAnnotationsBuilder()
                .clearLabels()
                .putAllLabels(labels(current.getAnnotations().getLabelsMap(), "label"));
        mode(spec);
        for (String kind : List.of("update", "rollback")) {
            if (SpecParts.saysUpdate(flags, kind) && (spec.hasReplicatedJob() || spec.hasGlobalJob())) {
                throw new CommandFailure("update and rollback configuration is not supported for jobs");
            }
        }
        if (SpecParts.saysUpdate(flags, "update")) {
            var base = spec.hasUpdate() ? spec.getUpdate() : SpecParts.defaultUpdate();
            spec.setUpdate(SpecParts.update(flags, "update", base));
        }
        if (SpecParts.saysUpdate(flags, "rollback")) {
            var base = spec.hasRollback() ? spec.getRollback() : SpecParts.defaultUpdate();
            spec.setRollback(SpecParts.update(flags, "rollback", base));
        }
        if (flags.has("endpoint-mode")) {
            spec.getEndpointBuilder().setMode(SpecParts.endpointMode(flags.text("endpoint-mode")));
        }
        if (flags.hasAny("publish-add", "publish-rm")) {
            List<dev.muster.api.PortConfig> ports =
                    PortUpdate.apply(flags, current.getEndpoint().getPortsList());
            spec.getEndpointBuilder().clearPorts().addAllPorts(ports);
        }
        return spec.setTask(task(current.getTask())).build();
    }

    private void mode(ServiceSpec.Builder spec) {
        if (flags.has("replicas")) {
            long replicas = flags.number("replicas");
            if (spec.hasReplicated()) {
                spec.getReplicatedBuilder().setReplicas(replicas);
            } else if (spec.hasReplicatedJob()) {
                spec.getReplicatedJobBuilder().setTotalCompletions(replicas);
            } else {
                throw new CommandFailure("replicas can only be used with replicated mode");
            }
        }
        if (flags.has("max-concurrent")) {
            if (!spec.hasReplicatedJob()) {
                throw new CommandFailure("max-concurrent can only be used with replicated-job mode");
            }
            spec.getReplicatedJobBuilder().setMaxConcurrent(flags.number("max-concurrent"));
        }
        if (flags.has("replicas-max-per-node") && (spec.hasGlobal() || spec.hasGlobalJob())) {
            throw new CommandFailure("replicas-max-per-node can only be used with replicated or replicated-job mode");
        }
    }

    private TaskSpec task(TaskSpec current) {
        TaskSpec.Builder task = current.toBuilder().setContainer(container(current.getContainer()));
        resources(task);
        placement(task);
        if (SpecParts.saysRestart(flags)) {
            task.setRestart(
                    SpecParts.restart(flags, task.hasRestart() ? task.getRestart() : SpecParts.defaultRestart()));
        }
        SpecFromFlags.logDriver(flags).ifPresent(task::setLogDriver);
        if (flags.is("force")) {
            task.setForceUpdate(task.getForceUpdate() + 1);
        }
        if (flags.hasAny("network-add", "network-rm")) {
            var networks = NetworkUpdate.apply(flags, current.getNetworksList(), networkId);
            task.clearNetworks().addAllNetworks(networks);
        }
        return task.build();
    }

    private void resources(TaskSpec.Builder task) {
        if (!flags.hasAny("limit-cpu", "limit-memory", "limit-pids", "reserve-cpu", "reserve-memory")
                && !flags.hasAny("generic-resource-add", "generic-resource-rm")) {
            return;
        }
        ResourceRequirements.Builder resources = task.getResourcesBuilder();
        Limits.Builder limits = resources.getLimitsBuilder();
        Resources.Builder reserved = resources.getReservationsBuilder();
        flags.find("limit-cpu").ifPresent(_ -> limits.setNanoCpus(flags.nanoCpus("limit-cpu")));
        flags.find("limit-memory").ifPresent(_ -> limits.setMemoryBytes(flags.bytes("limit-memory")));
        flags.find("limit-pids").ifPresent(_ -> limits.setPids(flags.number("limit-pids")));
        flags.find("reserve-cpu").ifPresent(_ -> reserved.setNanoCpus(flags.nanoCpus("reserve-cpu")));
        flags.find("reserve-memory").ifPresent(_ -> reserved.setMemoryBytes(flags.bytes("reserve-memory")));
        var generic = new TreeMap<String, dev.muster.api.GenericResource>();
        reserved.getGenericList().forEach(resource -> generic.put(resource.getKind(), resource));
        for (String kind : flags.list("generic-resource-rm")) {
            if (generic.remove(kind) == null) {
                throw new CommandFailure("could not find generic-resource `" + kind + "` to remove it");
            }
        }
        flags.list("generic-resource-add").stream()
                .map(Pairs::genericResource)
                .forEach(resource -> generic.put(resource.getKind(), resource));
        reserved.clearGeneric().addAllGeneric(generic.values());
    }

    private void placement(TaskSpec.Builder task) {
        boolean says = flags.hasAny("constraint-add", "constraint-rm", "placement-pref-add", "placement-pref-rm")
                || flags.has("replicas-max-per-node");
        // An empty placement is not the same as none: it would replace every task.
        if (!says && !(flags.has("image") && task.hasPlacement())) {
            return;
        }
        Placement.Builder placement = task.getPlacementBuilder();
        if (flags.hasAny("constraint-add", "constraint-rm")) {
            var constraints = new TreeSet<>(placement.getConstraintsList());
            flags.list("constraint-rm").forEach(constraints::remove);
            constraints.addAll(flags.list("constraint-add"));
            placement.clearConstraints().addAllConstraints(constraints);
        }
        if (flags.hasAny("placement-pref-add", "placement-pref-rm")) {
            List<String> spread = new ArrayList<>(placement.getSpreadList());
            flags.list("placement-pref-rm").forEach(preference -> spread.remove(Pairs.spread(preference)));
            flags.list("placement-pref-add").forEach(preference -> spread.add(Pairs.spread(preference)));
            placement.clearSpread().addAllSpread(spread);
        }
        if (flags.has("replicas-max-per-node")) {
            placement.setMaxReplicas(flags.number("replicas-max-per-node"));
        }
        if (flags.has("image")) {
            // They belong to the image: the manager finds out anew.
            placement.clearPlatforms();
        }
    }

    private ContainerSpec container(ContainerSpec current) {
        ContainerSpec.Builder container = current.toBuilder();
        flags.find("image").ifPresent(image -> container.setImage(ImageName.withTag(image)));
        flags.find("args").ifPresent(_ -> container.clearArgs().addAllArgs(SpecParts.words(flags, "args")));
        flags.find("entrypoint")
                .ifPresent(_ -> container.clearCommand().addAllCommand(SpecParts.words(flags, "entrypoint")));
        flags.find("workdir").ifPresent(container::setDir);
        flags.find("user").ifPresent(container::setUser);
        flags.find("hostname").ifPresent(container::setHostname);
        flags.find("isolation").ifPresent(container::setIsolation);
        flags.find("stop-signal").ifPresent(container::setStopSignal);
        flags.find("init").ifPresent(_ -> container.setInit(flags.is("init")));
        flags.find("tty").ifPresent(_ -> container.setTty(flags.is("tty")));
        flags.find("read-only").ifPresent(_ -> container.setReadOnly(flags.is("read-only")));
        flags.find("oom-score-adj").ifPresent(_ -> container.setOomScoreAdj(flags.number("oom-score-adj")));
        if (flags.has("stop-grace-period")) {
            container.setStopGracePeriod(Durations.of(flags.duration("stop-grace-period")));
        }
        if (SpecParts.saysHealth(flags)) {
            container.setHealthcheck(SpecParts.health(flags, current.getHealthcheck()));
        }
        container.clearLabels().putAllLabels(labels(current.getLabelsMap(), "container-label"));
        container.clearSysctls().putAllSysctls(labels(current.getSysctlsMap(), "sysctl"));
        lists(container, current);
        CapabilityUpdate.apply(flags, container);
        new FileUpdate(flags).apply(container);
        return container.build();
    }

    private void lists(ContainerSpec.Builder container, ContainerSpec current) {
        if (flags.hasAny("env-add", "env-rm")) {
            List<String> variables = new ArrayList<>(current.getEnvList());
            variables.removeIf(variable -> flags.list("env-rm").contains(Pairs.key(variable)));
            flags.list("env-add")
                    .forEach(variable -> variables.add(dev.muster.cli.value.EnvFile.expand(variable, console)));
            container.clearEnv().addAllEnv(Pairs.lastOfEachKey(variables));
        }
        container.clearGroups().addAllGroups(items(current.getGroupsList(), "group", false));
        if (flags.hasAny("host-add", "host-rm")) {
            container.clearHosts().addAllHosts(hosts(current.getHostsList()));
        }
        boolean dns = flags.hasAny("dns-add", "dns-rm", "dns-search-add", "dns-search-rm")
                || flags.hasAny("dns-option-add", "dns-option-rm");
        if (dns) {
            var now = current.getDns();
            container
                    .getDnsBuilder()
                    .clear()
                    .addAllNameservers(items(now.getNameserversList(), "dns", true))
                    .addAllSearch(items(now.getSearchList(), "dns-search", true))
                    .addAllOptions(items(now.getOptionsList(), "dns-option", true));
        }
        if (flags.hasAny("ulimit-add", "ulimit-rm")) {
            var limits = new TreeMap<String, dev.muster.api.Ulimit>();
            current.getUlimitsList().forEach(limit -> limits.put(limit.getName(), limit));
            flags.list("ulimit-rm").forEach(limits::remove);
            flags.list("ulimit-add").stream().map(Pairs::ulimit).forEach(limit -> limits.put(limit.getName(), limit));
            container.clearUlimits().addAllUlimits(limits.values());
        }
    }

    /** The map without the keys of NAME-rm and with the pairs of NAME-add. */
    private Map<String, String> labels(Map<String, String> current, String name) {
        Map<String, String> labels = new TreeMap<>(current);
        flags.list(name + "-rm").forEach(labels::remove);
        labels.putAll(Pairs.map(flags.list(name + "-add")));
        return labels;
    }

    private Collection<String> items(List<String> current, String name, boolean sorted) {
        List<String> items = new ArrayList<>(current);
        items.removeAll(flags.list(name + "-rm"));
        flags.list(name + "-add").stream().filter(item -> !items.contains(item)).forEach(items::add);
        return sorted ? new TreeSet<>(items) : items;
    }

    /** Entries {@code IP NAME…}; removed by {@code NAME} or {@code NAME:IP}. */
    private List<String> hosts(List<String> current) {
        List<String> hosts = new ArrayList<>(current);
        for (String gone : flags.list("host-rm")) {
            int colon = gone.indexOf(':');
            String name = colon < 0 ? gone : gone.substring(0, colon);
            String address = colon < 0 ? "" : gone.substring(colon + 1);
            hosts.removeIf(
                    entry -> entry.endsWith(" " + name) && (address.isEmpty() || entry.startsWith(address + " ")));
        }
        flags.list("host-add").stream()
                .map(Pairs::host)
                .filter(entry -> !hosts.contains(entry))
                .forEach(hosts::add);
        return hosts;
    }
}
