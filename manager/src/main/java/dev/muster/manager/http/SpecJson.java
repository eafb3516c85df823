package dev.muster.manager.http;

import dev.muster.api.ClusterSpec;
import dev.muster.api.Driver;
import dev.muster.api.EndpointSpec;
import dev.muster.api.ExternalCa;
import dev.muster.api.GenericResource;
import dev.muster.api.Ipam;
import dev.muster.api.IpamConfig;
import dev.muster.api.Limits;
import dev.muster.api.NetworkAttachmentConfig;
import dev.muster.api.NetworkSpec;
import dev.muster.api.NodeSpec;
import dev.muster.api.Placement;
import dev.muster.api.Platform;
import dev.muster.api.PortConfig;
import dev.muster.api.ResourceRequirements;
import dev.muster.api.Resources;
import dev.muster.api.RestartPolicy;
import dev.muster.api.ServiceSpec;
import dev.muster.api.TaskSpec;
import dev.muster.api.UpdateConfig;
import dev.muster.manager.settings.ClusterSettings;

/** The Docker forms of specs. */
final class SpecJson {
    private SpecJson() {}

    static Json service(ServiceSpec spec) {
        Json json = Json.object()
                .put("Name", spec.getAnnotations().getName())
                .map("Labels", spec.getAnnotations().getLabelsMap())
                .put("TaskTemplate", task(spec.getTask()))
                .put("Mode", mode(spec));
        if (spec.hasUpdate()) {
            json.put("UpdateConfig", update(spec.getUpdate()));
        }
        if (spec.hasRollback()) {
            json.put("RollbackConfig", update(spec.getRollback()));
        }
        return spec.hasEndpoint() ? json.put("EndpointSpec", endpoint(spec.getEndpoint())) : json;
    }

    /** Counts are always there: clients read them without asking. */
    private static Json mode(ServiceSpec spec) {
        return switch (spec.getModeCase()) {
            case GLOBAL -> Json.object().put("Global", Json.object());
            case GLOBAL_JOB -> Json.object().put("GlobalJob", Json.object());
            case REPLICATED_JOB -> {
                var job = spec.getReplicatedJob();
                long concurrent = job.hasMaxConcurrent() ? job.getMaxConcurrent() : 1;
                long total = job.hasTotalCompletions() ? job.getTotalCompletions() : concurrent;
                yield Json.object()
                        .put(
                                "ReplicatedJob",
                                Json.object().put("MaxConcurrent", concurrent).put("TotalCompletions", total));
            }
            case REPLICATED, MODE_NOT_SET -> {
                var replicated = spec.getReplicated();
                yield Json.object()
                        .put(
                                "Replicated",
                                Json.object().put("Replicas", replicated.hasReplicas() ? replicated.getReplicas() : 1));
            }
        };
    }

    static Json task(TaskSpec spec) {
        Json json = Json.object().put("ContainerSpec", ContainerSpecJson.of(spec.getContainer()));
        if (spec.hasResources()) {
            json.put("Resources", resources(spec.getResources()));
        }
        if (spec.hasRestart()) {
            json.put("RestartPolicy", restart(spec.getRestart()));
        }
        if (spec.hasPlacement()) {
            json.put("Placement", placement(spec.getPlacement()));
        }
        json.some("Networks", spec.getNetworksList(), SpecJson::attachment);
        if (spec.hasLogDriver()) {
            json.put("LogDriver", driver(spec.getLogDriver()));
        }
        return json.put("ForceUpdate", spec.getForceUpdate()).put("Runtime", "container");
    }

    private static Json resources(ResourceRequirements resources) {
        Json json = Json.object();
        if (resources.hasLimits()) {
            Limits limits = resources.getLimits();
            json.put(
                    "Limits",
                    Json.object()
                            .some("NanoCPUs", limits.getNanoCpus())
                            .some("MemoryBytes", limits.getMemoryBytes())
                            .some("Pids", limits.getPids()));
        }
        return resources.hasReservations() ? json.put("Reservations", amounts(resources.getReservations())) : json;
    }

    static Json amounts(Resources resources) {
        return Json.object()
                .some("NanoCPUs", resources.getNanoCpus())
                .some("MemoryBytes", resources.getMemoryBytes())
                .some("GenericResources", resources.getGenericList(), SpecJson::generic);
    }

    static Json generic(GenericResource resource) {
        return switch (resource.getResourceCase()) {
            case NAMED ->
                Json.object()
                        .put(
                                "NamedResourceSpec",
                                Json.object().put("Kind", resource.getKind()).put("Value", resource.getNamed()));
            case DISCRETE, RESOURCE_NOT_SET ->
                Json.object()
                        .put(
                                "DiscreteResourceSpec",
                                Json.object().put("Kind", resource.getKind()).put("Value", resource.getDiscrete()));
        };
    }

    private static Json restart(RestartPolicy policy) {
        return Json.object()
                .put("Condition", ContainerSpecJson.lower(policy.getCondition(), ""))
                .duration("Delay", policy.hasDelay(), policy.getDelay())
                .put("MaxAttempts", policy.getMaxAttempts())
                .duration("Window", policy.hasWindow(), policy.getWindow());
    }

    private static Json placement(Placement placement) {
        return Json.object()
                .some("Constraints", placement.getConstraintsList())
                .some(
                        "Preferences",
                        placement.getSpreadList(),
                        s -> Json.object().put("Spread", Json.object().put("SpreadDescriptor", s)))
                .some("MaxReplicas", placement.getMaxReplicas())
                .some("Platforms", placement.getPlatformsList(), SpecJson::platform);
    }

    static Json platform(Platform platform) {
        return Json.object().some("Architecture", platform.getArchitecture()).some("OS", platform.getOs());
    }

    private static Json attachment(NetworkAttachmentConfig network) {
        return Json.object()
                .some("Target", network.getTarget())
                .some("Aliases", network.getAliasesList())
                .some("DriverOpts", network.getDriverOptsMap());
    }

    static Json driver(Driver driver) {
        return Json.object().some("Name", driver.getName()).some("Options", driver.getOptionsMap());
    }

    private static Json update(UpdateConfig config) {
        return Json.object()
                .put("Parallelism", config.getParallelism())
                .duration("Delay", config.hasDelay(), config.getDelay())
                .put("FailureAction", ContainerSpecJson.lower(config.getFailureAction(), ""))
                .duration("Monitor", config.hasMonitor(), config.getMonitor())
                .put("MaxFailureRatio", config.getMaxFailureRatio())
                .put("Order", ContainerSpecJson.lower(config.getOrder(), ""));
    }

    static Json endpoint(EndpointSpec endpoint) {
        return Json.object()
                .put("Mode", ContainerSpecJson.lower(endpoint.getMode(), ""))
                .some("Ports", endpoint.getPortsList(), SpecJson::port);
    }

    static Json port(PortConfig port) {
        return Json.object()
                .some("Name", port.getName())
                .put("Protocol", ContainerSpecJson.lower(port.getProtocol(), "PROTOCOL_"))
                .put("TargetPort", port.getTargetPort())
                .some("PublishedPort", port.getPublishedPort())
                .put("PublishMode", ContainerSpecJson.lower(port.getPublishMode(), "PUBLISH_"));
    }

    static Json node(NodeSpec spec) {
        return Json.object()
                .some("Name", spec.getAnnotations().getName())
                .map("Labels", spec.getAnnotations().getLabelsMap())
                .put("Role", ContainerSpecJson.lower(spec.getRole(), "ROLE_"))
                .put("Availability", ContainerSpecJson.lower(spec.getAvailability(), "AVAILABILITY_"));
    }

    static Json network(NetworkSpec spec) {
        Json json = Json.object()
                .some("Name", spec.getAnnotations().getName())
                .map("Labels", spec.getAnnotations().getLabelsMap())
                .some("DriverConfiguration", driver(spec.getDriver()))
                .some("IPv6Enabled", spec.getIpv6())
                .some("Internal", spec.getInternal())
                .some("Attachable", spec.getAttachable())
                .some("Ingress", spec.getIngress());
        if (spec.hasIpam()) {
            json.put("IPAMOptions", ipam(spec.getIpam()));
        }
        return json.put("Scope", "swarm");
    }

    /** As swarm's objects have it; the network calls have a form of their own. */
    static Json ipam(Ipam ipam) {
        return Json.object()
                .some("Driver", driver(ipam.getDriver()))
                .some("Configs", ipam.getConfigsList(), SpecJson::ipamConfig);
    }

    private static Json ipamConfig(IpamConfig config) {
        return Json.object()
                .some("Subnet", config.getSubnet())
                .some("Range", config.getRange())
                .some("Gateway", config.getGateway());
    }

    static Json cluster(ClusterSpec spec) {
        return Json.object()
                .put("Name", spec.getAnnotations().getName())
                .map("Labels", spec.getAnnotations().getLabelsMap())
                .put(
                        "Orchestration",
                        Json.object()
                                .put(
                                        "TaskHistoryRetentionLimit",
                                        spec.hasTaskHistoryLimit() ? spec.getTaskHistoryLimit() : 5))
                .put(
                        "Raft",
                        Json.object()
                                .put(
                                        "SnapshotInterval",
                                        spec.getSnapshotInterval() == 0
                                                ? ClusterSettings.SNAPSHOT_INTERVAL
                                                : spec.getSnapshotInterval())
                                .put("KeepOldSnapshots", spec.getKeepOldSnapshots())
                                .put("LogEntriesForSlowFollowers", 500)
                                .put("ElectionTick", 10)
                                .put("HeartbeatTick", 1))
                .put(
                        "Dispatcher",
                        Json.object()
                                .put(
                                        "HeartbeatPeriod",
                                        ClusterSettings.heartbeatPeriod(spec).toNanos()))
                .put(
                        "CAConfig",
                        Json.object()
                                .put(
                                        "NodeCertExpiry",
                                        ClusterSettings.certificateLifetime(spec)
                                                .toNanos())
                                .some("ExternalCAs", spec.getExternalCasList(), SpecJson::externalCa)
                                .some(
                                        "SigningCACert",
                                        spec.getSigningCaCertificatePem().toStringUtf8())
                                .some("ForceRotate", spec.getCaForceRotate()))
                .put(
                        "TaskDefaults",
                        spec.hasLogDriver()
                                ? Json.object().put("LogDriver", driver(spec.getLogDriver()))
                                : Json.object())
                .put("EncryptionConfig", Json.object().put("AutoLockManagers", spec.getAutolock()));
    }

    private static Json externalCa(ExternalCa ca) {
        return Json.object()
                .put("Protocol", ca.getProtocol())
                .put("URL", ca.getUrl())
                .some("Options", ca.getOptionsMap())
                .put("CACert", ca.getCaCertificatePem());
    }
}
