package dev.muster.manager.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.muster.api.Cluster;
import dev.muster.api.Config;
import dev.muster.api.Endpoint;
import dev.muster.api.GetClusterResponse;
import dev.muster.api.IpamConfig;
import dev.muster.api.Meta;
import dev.muster.api.Network;
import dev.muster.api.NetworkAttachment;
import dev.muster.api.Node;
import dev.muster.api.NodeDescription;
import dev.muster.api.Secret;
import dev.muster.api.Service;
import dev.muster.api.ServiceCounts;
import dev.muster.api.ServiceRevision;
import dev.muster.api.Task;
import dev.muster.api.TaskStatus;
import dev.muster.api.UpdateStatus;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The Docker forms of stored objects. */
public final class ObjectJson {
    private ObjectJson() {}

    /** @param counts present when the caller asked for them */
    static Json service(Service service, Optional<ServiceCounts> counts) {
        Json json = identity(service.getId(), service.getMeta()).put("Spec", SpecJson.service(service.getSpec()));
        if (service.hasPreviousSpec()) {
            json.put("PreviousSpec", SpecJson.service(service.getPreviousSpec()));
        }
        json.put("Endpoint", endpoint(service.getEndpoint()));
        if (service.hasUpdateStatus()) {
            json.put("UpdateStatus", updateStatus(service.getUpdateStatus()));
        }
        counts.ifPresent(c -> json.put(
                "ServiceStatus",
                Json.object()
                        .put("RunningTasks", c.getRunning())
                        .put("DesiredTasks", c.getDesired())
                        .put("CompletedTasks", c.getCompleted())));
        if (service.hasJobStatus()) {
            Json job = Json.object()
                    .put(
                            "JobIteration",
                            Json.object().some("Index", service.getJobStatus().getIteration()));
            if (service.getJobStatus().hasLastExecution()) {
                job.time("LastExecution", service.getJobStatus().getLastExecution());
            }
            json.put("JobStatus", job);
        }
        return json;
    }

    private static Json endpoint(Endpoint endpoint) {
        return Json.object()
                .put("Spec", SpecJson.endpoint(endpoint.getSpec()))
                .some("Ports", endpoint.getPortsList(), SpecJson::port)
                .some(
                        "VirtualIPs",
                        endpoint.getVirtualIpsList(),
                        v -> Json.object().some("NetworkID", v.getNetworkId()).some("Addr", v.getAddress()));
    }

    private static Json updateStatus(UpdateStatus status) {
        Json json = Json.object()
                .put("State", ContainerSpecJson.lower(status.getState(), "").replace('-', '_'));
        if (status.hasStartedAt()) {
            json.time("StartedAt", status.getStartedAt());
        }
        if (status.hasCompletedAt()) {
            json.time("CompletedAt", status.getCompletedAt());
        }
        return json.some("Message", status.getMessage());
    }

    /**
     * @param spec what the task's revision says
     * @param networks finds the networks it is attached to
     */
    static Json task(Task task, ServiceRevision spec, Function<String, Optional<Network>> networks) {
        Json json = identity(task.getId(), task.getMeta())
                .map("Labels", java.util.Map.of())
                .put("Spec", SpecJson.task(spec.getTask()))
                .some("ServiceID", task.getServiceId())
                .some("Slot", task.getSlot())
                .some("NodeID", task.getNodeId())
                .put("Status", taskStatus(task.getStatus()))
                .put("DesiredState", ContainerSpecJson.lower(task.getDesiredState(), "TASK_"))
                .some("NetworksAttachments", task.getNetworksList(), a -> attachment(a, networks))
                .some("GenericResources", task.getAssignedResourcesList(), SpecJson::generic);
        if (task.getJobIteration() > 0) {
            json.put("JobIteration", Json.object().put("Index", task.getJobIteration()));
        }
        return json.put("Volumes", JsonNodeFactory.instance.arrayNode());
    }

    private static Json taskStatus(TaskStatus status) {
        Json json = Json.object()
                .time("Timestamp", status.getTimestamp())
                .put("State", ContainerSpecJson.lower(status.getState(), "TASK_"))
                .some("Message", status.getMessage())
                .some("Err", status.getErr());
        if (status.hasContainer()) {
            json.put(
                    "ContainerStatus",
                    Json.object()
                            .put("ContainerID", status.getContainer().getContainerId())
                            .put("PID", status.getContainer().getPid())
                            .put("ExitCode", status.getContainer().getExitCode()));
        }
        return json.put("PortStatus", Json.object().some("Ports", status.getHostPortsList(), SpecJson::port));
    }

    private static Json attachment(NetworkAttachment attachment, Function<String, Optional<Network>> networks) {
        Json network = networks.apply(attachment.getNetworkId())
                .map(ObjectJson::swarmNetwork)
                .orElseGet(() -> Json.object().put("ID", attachment.getNetworkId()));
        return Json.object().put("Network", network).some("Addresses", List.of(attachment.getAddress()));
    }

    /** A network as tasks name it; {@link #network} is the form of the network calls. */
    private static Json swarmNetwork(Network network) {
        return identity(network.getId(), network.getMeta())
                .put("Spec", SpecJson.network(network.getSpec()))
                .put(
                        "DriverState",
                        Json.object()
                                .put("Name", "overlay")
                                .put(
                                        "Options",
                                        Json.object().put(VNI_OPTION, Integer.toUnsignedString(network.getVni()))))
                .put("IPAMOptions", SpecJson.ipam(network.getIpam()));
    }

    private static final String VNI_OPTION = "com.docker.network.driver.overlay.vxlanid_list";

    static Json network(Network network) {
        var spec = network.getSpec();
        Json ipam = Json.object()
                .put("Driver", "default")
                .put("Options", JsonNodeFactory.instance.nullNode())
                .put("Config", Json.array(network.getIpam().getConfigsList(), ObjectJson::ipamConfig));
        Json options = Json.object();
        spec.getDriver().getOptionsMap().forEach(options::put);
        options.put(VNI_OPTION, Integer.toUnsignedString(network.getVni()));
        return Json.object()
                .put("Name", spec.getAnnotations().getName())
                .put("Id", network.getId())
                .time("Created", network.getMeta().getCreatedAt())
                .put("Scope", "swarm")
                .put("Driver", "overlay")
                .put("EnableIPv4", true)
                .put("EnableIPv6", spec.getIpv6())
                .put("IPAM", ipam)
                .put("Internal", spec.getInternal())
                .put("Attachable", spec.getAttachable())
                .put("Ingress", spec.getIngress())
                .put("ConfigFrom", Json.object().put("Network", ""))
                .put("ConfigOnly", false)
                .put("Containers", Json.object())
                .put("Options", options)
                .map("Labels", spec.getAnnotations().getLabelsMap());
    }

    private static Json ipamConfig(IpamConfig config) {
        return Json.object()
                .some("Subnet", config.getSubnet())
                .some("IPRange", config.getRange())
                .some("Gateway", config.getGateway());
    }

    static Json node(Node node) {
        Json json = identity(node.getId(), node.getMeta())
                .put("Spec", SpecJson.node(node.getSpec()))
                .put("Description", description(node.getDescription()))
                .put(
                        "Status",
                        Json.object()
                                .put(
                                        "State",
                                        ContainerSpecJson.lower(node.getStatus().getState(), "NODE_"))
                                .some("Message", node.getStatus().getMessage())
                                .some("Addr", node.getStatus().getAddress()));
        if (node.hasManagerStatus()) {
            json.put(
                    "ManagerStatus",
                    Json.object()
                            .some("Leader", node.getManagerStatus().getLeader())
                            .put(
                                    "Reachability",
                                    ContainerSpecJson.lower(
                                            node.getManagerStatus().getReachability(), "REACHABILITY_"))
                            .some("Addr", node.getManagerStatus().getAddress()));
        }
        return json;
    }

    private static Json description(NodeDescription description) {
        return Json.object()
                .some("Hostname", description.getHostname())
                .put("Platform", SpecJson.platform(description.getPlatform()))
                .put("Resources", SpecJson.amounts(description.getResources()))
                .put(
                        "Engine",
                        Json.object()
                                .some("EngineVersion", description.getEngineVersion())
                                .some("Labels", description.getEngineLabelsMap())
                                .some(
                                        "Plugins",
                                        description.getPluginsList(),
                                        p -> Json.object()
                                                .put("Type", p.getType())
                                                .put("Name", p.getName())))
                .put(
                        "TLSInfo",
                        Json.object()
                                .some("TrustRoot", description.getTrustRootPem())
                                .some("CertIssuerSubject", description.getCertificateIssuerSubject())
                                .some("CertIssuerPublicKey", description.getCertificateIssuerPublicKey()));
    }

    static Json secret(Secret secret) {
        var spec = secret.getSpec();
        Json json = Json.object()
                .put("Name", spec.getAnnotations().getName())
                .map("Labels", spec.getAnnotations().getLabelsMap());
        if (spec.hasDriver()) {
            json.put("Driver", SpecJson.driver(spec.getDriver()));
        }
        if (spec.hasTemplating()) {
            json.put("Templating", SpecJson.driver(spec.getTemplating()));
        }
        return identity(secret.getId(), secret.getMeta()).put("Spec", json);
    }

    static Json config(Config config) {
        var spec = config.getSpec();
        Json json = Json.object()
                .put("Name", spec.getAnnotations().getName())
                .map("Labels", spec.getAnnotations().getLabelsMap())
                .some("Data", ContainerSpecJson.base64(spec.getData()));
        if (spec.hasTemplating()) {
            json.put("Templating", SpecJson.driver(spec.getTemplating()));
        }
        return identity(config.getId(), config.getMeta()).put("Spec", json);
    }

    static Json swarm(GetClusterResponse response) {
        return clusterFields(response.getCluster())
                .put(
                        "JoinTokens",
                        Json.object()
                                .put("Worker", response.getWorkerToken())
                                .put("Manager", response.getManagerToken()));
    }

    /** The cluster as {@code info} shows it: without join tokens. */
    public static ObjectNode cluster(Cluster cluster) {
        return clusterFields(cluster).node();
    }

    private static Json clusterFields(Cluster cluster) {
        return identity(cluster.getId(), cluster.getMeta())
                .put("Spec", SpecJson.cluster(cluster.getSpec()))
                .put(
                        "TLSInfo",
                        Json.object()
                                .some(
                                        "TrustRoot",
                                        cluster.getRootCa().getCertificatePem().toStringUtf8()))
                .put("RootRotationInProgress", cluster.getRootCa().hasRotation())
                .put("DefaultAddrPool", Json.texts(cluster.getDefaultAddressPoolsList()))
                .put("SubnetSize", cluster.getSubnetSize())
                .put("DataPathPort", cluster.getDataPathPort());
    }

    private static Json identity(String id, Meta meta) {
        return Json.object()
                .put("ID", id)
                .put("Version", Json.object().some("Index", meta.getVersion()))
                .time("CreatedAt", meta.getCreatedAt())
                .time("UpdatedAt", meta.getUpdatedAt());
    }
}
