package dev.muster.cli.service;

import dev.muster.api.ContainerSpec;
import dev.muster.api.Durations;
import dev.muster.api.HealthConfig;
import dev.muster.api.ListNetworksRequest;
import dev.muster.api.ListNetworksResponse;
import dev.muster.api.Network;
import dev.muster.api.Placement;
import dev.muster.api.PortConfig;
import dev.muster.api.PublishMode;
import dev.muster.api.Service;
import dev.muster.api.ServiceSpec;
import dev.muster.api.TaskSpec;
import dev.muster.api.UpdateConfig;
import dev.muster.api.UpdateStatus;
import dev.muster.cli.command.Invocation;
import dev.muster.cli.output.Bytes;
import dev.muster.cli.output.Outline;
import dev.muster.cli.output.RelativeTime;
import dev.muster.stack.grammar.GoDuration;
import dev.muster.stack.grammar.NanoCpus;
import dev.muster.stack.grammar.PortSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** {@code service inspect --pretty}: one service for people. */
final class ServicePretty {

    private final Invocation invocation;
    private final Service service;
    private final Outline out = new Outline();

    ServicePretty(Invocation invocation, Service service) {
        this.invocation = invocation;
        this.service = service;
    }

    String render() {
        ServiceSpec spec = service.getSpec();
        out.plain("");
        out.line("ID", service.getId()).line("Name", spec.getAnnotations().getName());
        if (spec.getAnnotations().getLabelsCount() > 0) {
            out.section("Labels");
            new TreeMap<>(spec.getAnnotations().getLabelsMap()).forEach((key, value) -> out.plain(key + "=" + value));
            out.end();
        }
        mode(spec);
        updateStatus();
        placement(spec.getTask().getPlacement());
        update("UpdateConfig", "Update order", spec.hasUpdate(), spec.getUpdate());
        update("RollbackConfig", "Rollback order", spec.hasRollback(), spec.getRollback());
        container(spec.getTask().getContainer());
        task(spec.getTask());
        out.line("Endpoint Mode", spec.getEndpoint().getMode().name().toLowerCase(Locale.ROOT));
        ports();
        health(spec.getTask().getContainer());
        return out.toString();
    }

    private void mode(ServiceSpec spec) {
        switch (spec.getModeCase()) {
            case GLOBAL -> out.line("Service Mode", "Global");
            case GLOBAL_JOB -> out.line("Service Mode", "GlobalJob");
            case REPLICATED_JOB -> {
                out.line("Service Mode", "ReplicatedJob");
                var job = spec.getReplicatedJob();
                out.plain(" Max Concurrent:\t" + Math.max(1, job.getMaxConcurrent()));
                out.plain(" Total Completions:\t"
                        + (job.hasTotalCompletions()
                                ? job.getTotalCompletions()
                                : Math.max(1, job.getMaxConcurrent())));
            }
            case REPLICATED, MODE_NOT_SET -> {
                out.line("Service Mode", "Replicated");
                out.plain(" Replicas:\t"
                        + (spec.getReplicated().hasReplicas()
                                ? spec.getReplicated().getReplicas()
                                : 1));
            }
        }
    }

    private void updateStatus() {
        if (!service.hasUpdateStatus() || service.getUpdateStatus().getState() == UpdateStatus.State.UNKNOWN) {
            return;
        }
        UpdateStatus status = service.getUpdateStatus();
        Instant now = invocation.console().clock().instant();
        out.section("UpdateStatus").line("State", status.getState().name().toLowerCase(Locale.ROOT));
        out.lineIf("Started", RelativeTime.ago(status.getStartedAt(), now));
        out.lineIf("Completed", RelativeTime.ago(status.getCompletedAt(), now));
        out.line("Message", status.getMessage()).end();
    }

    private void placement(Placement placement) {
        out.section("Placement");
        if (placement.getConstraintsCount() > 0) {
            out.line("Constraints", placement.getConstraintsList());
        }
        if (placement.getSpreadCount() > 0) {
            out.line(
                    "Preferences",
                    placement.getSpreadList().stream()
                            .map(spread -> "spread=" + spread)
                            .toList());
        }
        out.lineIf("Max Replicas Per Node", placement.getMaxReplicas()).end();
    }

    private void update(String title, String order, boolean said, UpdateConfig config) {
        if (!said) {
            return;
        }
        out.section(title).line("Parallelism", config.getParallelism());
        if (config.hasDelay()) {
            out.line("Delay", duration(config.getDelay()));
        }
        out.line("On failure", config.getFailureAction().name().toLowerCase(Locale.ROOT));
        if (config.hasMonitor()) {
            out.line("Monitoring Period", duration(config.getMonitor()));
        }
        out.line(
                "Max failure ratio",
                config.getMaxFailureRatio() == 0 ? "0" : Float.toString(config.getMaxFailureRatio()));
        out.line(order, config.getOrder().name().toLowerCase(Locale.ROOT).replace('_', '-'))
                .end();
    }

    private static String duration(com.google.protobuf.Duration duration) {
        return GoDuration.format(Durations.duration(duration));
    }

    private void container(ContainerSpec container) {
        out.section("ContainerSpec").line("Image", container.getImage());
        out.lineIf("Args", String.join(" ", container.getArgsList()));
        out.lineIf("Env", String.join(" ", container.getEnvList()));
        out.lineIf("Dir", container.getDir());
        if (container.hasInit()) {
            out.line("Init", container.getInit());
        }
        out.lineIf("User", container.getUser()).end();
        if (container.getCapabilityAddCount() + container.getCapabilityDropCount() > 0) {
            out.section("Capabilities");
            out.lineIf("Add", String.join(", ", container.getCapabilityAddList()));
            out.lineIf("Drop", String.join(", ", container.getCapabilityDropList()))
                    .end();
        }
        if (container.getSysctlsCount() > 0) {
            out.section("SysCtls");
            new TreeMap<>(container.getSysctlsMap()).forEach((key, value) -> out.plain(key + ": " + value));
            out.end();
        }
        if (container.getUlimitsCount() > 0) {
            out.section("Ulimits");
            container
                    .getUlimitsList()
                    .forEach(limit -> out.plain(limit.getName() + ": " + limit.getSoft() + ":" + limit.getHard()));
            out.end();
        }
        files(container);
    }

    private void files(ContainerSpec container) {
        if (container.getMountsCount() > 0) {
            out.section("Mounts");
            container
                    .getMountsList()
                    .forEach(mount -> out.line("Target", mount.getTarget())
                            .line(" Source", mount.getSource())
                            .line(" ReadOnly", mount.getReadOnly())
                            .line(" Type", mount.getType().name().toLowerCase(Locale.ROOT)));
            out.end();
        }
        if (container.getConfigsCount() > 0) {
            out.section("Configs");
            container.getConfigsList().stream()
                    .filter(config -> config.hasFile())
                    .forEach(config ->
                            out.line("Target", config.getFile().getName()).line(" Source", config.getConfigName()));
            out.end();
        }
        if (container.getSecretsCount() > 0) {
            out.section("Secrets");
            container
                    .getSecretsList()
                    .forEach(secret ->
                            out.line("Target", secret.getFile().getName()).line(" Source", secret.getSecretName()));
            out.end();
        }
    }

    private void task(TaskSpec task) {
        if (task.hasLogDriver()) {
            out.section("Log Driver").line("Name", task.getLogDriver().getName());
            if (task.getLogDriver().getOptionsCount() > 0) {
                out.section("LogOpts");
                new TreeMap<>(task.getLogDriver().getOptionsMap())
                        .forEach((key, value) -> out.plain(key + ": " + value));
                out.end();
            }
            out.end();
        }
        var resources = task.getResources();
        var reserved = resources.getReservations();
        var limits = resources.getLimits();
        out.section("Resources");
        if (reserved.getNanoCpus() != 0 || reserved.getMemoryBytes() != 0) {
            out.section("Reservations");
            amounts(reserved.getNanoCpus(), reserved.getMemoryBytes());
            out.end();
        }
        if (limits.getNanoCpus() != 0 || limits.getMemoryBytes() != 0 || limits.getPids() != 0) {
            out.section("Limits");
            amounts(limits.getNanoCpus(), limits.getMemoryBytes());
            out.lineIf("PIDs", limits.getPids()).end();
        }
        out.end();
        if (task.getNetworksCount() > 0) {
            Map<String, String> names = networkNames();
            List<String> networks = task.getNetworksList().stream()
                    .map(network -> names.getOrDefault(network.getTarget(), network.getTarget()))
                    .toList();
            out.line("Networks", String.join(" ", networks));
        }
    }

    private Map<String, String> networkNames() {
        Map<String, String> names = new HashMap<>();
        for (Network network : invocation
                .daemon()
                .control("ListNetworks", ListNetworksRequest.getDefaultInstance(), ListNetworksResponse.parser())
                .getNetworksList()) {
            names.put(network.getId(), network.getSpec().getAnnotations().getName());
        }
        return names;
    }

    private void amounts(long nanoCpus, long memoryBytes) {
        out.lineIf("CPU", nanoCpus == 0 ? "" : NanoCpus.format(nanoCpus));
        out.lineIf("Memory", memoryBytes == 0 ? "" : Bytes.format(memoryBytes));
    }

    private void ports() {
        if (service.getEndpoint().getPortsCount() == 0) {
            return;
        }
        out.plain("Ports:");
        for (PortConfig port : service.getEndpoint().getPortsList()) {
            out.plain(" PublishedPort = " + port.getPublishedPort());
            out.plain("  Protocol = " + PortSpec.word(port.getProtocol()));
            out.plain("  TargetPort = " + port.getTargetPort());
            out.plain("  PublishMode = " + (port.getPublishMode() == PublishMode.PUBLISH_HOST ? "host" : "ingress"));
        }
    }

    private void health(ContainerSpec container) {
        if (!container.hasHealthcheck()) {
            return;
        }
        HealthConfig health = container.getHealthcheck();
        out.plain(" Healthcheck:");
        line("Interval", health.getInterval(), Duration.ofSeconds(30));
        out.plain("  Retries:\t" + (health.getRetries() == 0 ? 3 : health.getRetries()));
        line("StartPeriod", health.getStartPeriod(), Duration.ZERO);
        line("Timeout", health.getTimeout(), Duration.ofSeconds(30));
        if (health.getTestCount() > 0) {
            out.plain("  Tests:");
            health.getTestList().forEach(word -> out.plain("\t " + word));
        }
    }

    private void line(String title, com.google.protobuf.Duration duration, Duration absent) {
        out.plain("  " + title + ":\t" + GoDuration.format(Durations.positive(duration, absent)));
    }
}
