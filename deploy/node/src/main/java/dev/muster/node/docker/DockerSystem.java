package dev.muster.node.docker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.muster.api.LocalNodeState;
import dev.muster.api.NodeInfoResponse;
import dev.muster.api.Peer;
import dev.muster.api.Plugin;
import dev.muster.api.VersionResponse;
import dev.muster.http.Exchange;
import dev.muster.http.Router;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/** {@code _ping}, {@code version} and {@code info} of the Docker-compatible API (1.51), from what the daemon knows of itself. */
public final class DockerSystem {
    private static final String TWO_MANAGERS =
            "WARNING: Running Swarm in a two-manager configuration. This configuration"
                    + " provides no fault tolerance, and poses a high risk to lose control over the cluster.";

    private final ObjectMapper json = new ObjectMapper();
    private final Supplier<NodeInfoResponse> node;
    private final Supplier<VersionResponse> version;
    private final Supplier<Optional<ClusterSummary>> cluster;
    private final InstantSource clock;

    /**
     * What a manager adds to {@code info}.
     *
     * @param json the Docker form of the cluster object
     */
    public record ClusterSummary(JsonNode json, int nodes, int managers) {}

    /** @param cluster the cluster as this node's manager sees it; empty on workers */
    public DockerSystem(
            Supplier<NodeInfoResponse> node,
            Supplier<VersionResponse> version,
            Supplier<Optional<ClusterSummary>> cluster,
            InstantSource clock) {
        this.node = node;
        this.version = version;
        this.cluster = cluster;
        this.clock = clock;
    }

    public void addTo(Router router) {
        router.add("GET", "/_ping", this::ping)
                .add("HEAD", "/_ping", this::ping)
                .add("GET", "/version", e -> respond(e, versionJson()))
                .add("GET", "/info", e -> respond(e, infoJson()));
    }

    private void ping(Exchange exchange) throws IOException {
        NodeInfoResponse info = node.get();
        String swarm = state(info.getState());
        if (info.getState() == LocalNodeState.LOCAL_ACTIVE) {
            swarm += info.getControlAvailable() ? "/manager" : "/worker";
        }
        exchange.responseHeader("Swarm", swarm)
                .responseHeader("Builder-Version", "1")
                .responseHeader("Cache-Control", "no-cache, no-store, must-revalidate")
                .responseHeader("Pragma", "no-cache");
        byte[] body = exchange.method().equals("HEAD") ? new byte[0] : "OK".getBytes(StandardCharsets.UTF_8);
        exchange.respond(200, "text/plain; charset=utf-8", body);
    }

    private void respond(Exchange exchange, ObjectNode body) throws IOException {
        exchange.respond(200, "application/json", json.writeValueAsBytes(body));
    }

    private ObjectNode versionJson() {
        VersionResponse v = version.get();
        ObjectNode body = json.createObjectNode();
        body.putObject("Platform").put("Name", "Muster");
        ArrayNode components = body.putArray("Components");
        ObjectNode engine = components.addObject().put("Name", "Engine").put("Version", v.getVersion());
        engine.putObject("Details")
                .put("ApiVersion", v.getApiVersion())
                .put("MinAPIVersion", v.getMinApiVersion())
                .put("Arch", goArchitecture(v.getArchitecture()))
                .put("Os", v.getOs())
                .put("GitCommit", v.getGitCommit())
                .put("BuildTime", v.getBuildTime())
                .put("KernelVersion", v.getKernelVersion())
                .put("JavaVersion", v.getJavaVersion())
                .put("Experimental", "false");
        component(components, "containerd", v.getContainerdVersion());
        component(components, "runc", v.getRuncVersion());
        return body.put("Version", v.getVersion())
                .put("ApiVersion", v.getApiVersion())
                .put("MinAPIVersion", v.getMinApiVersion())
                .put("GitCommit", v.getGitCommit())
                .put("GoVersion", "")
                .put("Os", v.getOs())
                .put("Arch", goArchitecture(v.getArchitecture()))
                .put("KernelVersion", v.getKernelVersion())
                .put("BuildTime", v.getBuildTime());
    }

    private static void component(ArrayNode components, String name, String version) {
        components.addObject().put("Name", name).put("Version", version).putObject("Details");
    }

    private ObjectNode infoJson() {
        NodeInfoResponse info = node.get();
        ObjectNode body = json.createObjectNode();
        body.put("ID", info.getNodeId())
                .put(
                        "Containers",
                        info.getContainers().getRunning()
                                + info.getContainers().getPaused()
                                + info.getContainers().getStopped())
                .put("ContainersRunning", info.getContainers().getRunning())
                .put("ContainersPaused", info.getContainers().getPaused())
                .put("ContainersStopped", info.getContainers().getStopped())
                .put("Images", info.getImages())
                .put("Driver", "overlayfs");
        body.putArray("DriverStatus");
        ObjectNode plugins = body.putObject("Plugins");
        for (String type : new String[] {"Volume", "Network", "Authorization", "Log"}) {
            ArrayNode names = plugins.putArray(type);
            info.getPluginsList().stream()
                    .filter(p -> p.getType().equals(type))
                    .map(Plugin::getName)
                    .forEach(names::add);
        }
        new KernelFeatures(Path.of("/sys/fs/cgroup"), Path.of("/proc")).read().forEach(body::put);
        body.put("Debug", false)
                .put("OomKillDisable", false)
                .put("SystemTime", clock.instant().toString())
                .put("LoggingDriver", "json-file")
                .put("CgroupDriver", info.getCgroupDriver())
                .put("CgroupVersion", info.getCgroupVersion())
                .put("KernelVersion", info.getKernelVersion())
                .put("OperatingSystem", info.getOperatingSystem())
                .put("OSVersion", "")
                .put("OSType", "linux")
                .put("Architecture", info.getArchitecture())
                .put("IndexServerAddress", "https://index.docker.io/v1/")
                .put("NCPU", info.getCpus())
                .put("MemTotal", info.getMemoryBytes())
                .put("DockerRootDir", info.getDataDir())
                .put("Name", info.getHostname())
                .put("ExperimentalBuild", false)
                .put("ServerVersion", info.getServerVersion())
                .put("DefaultRuntime", "runc")
                .put("LiveRestoreEnabled", true)
                .put("InitBinary", "docker-init");
        body.putArray("Labels");
        body.putObject("Runtimes").putObject("runc").put("path", "runc");
        body.putObject("ContainerdCommit").put("ID", info.getContainerdVersion());
        body.putObject("RuncCommit").put("ID", info.getRuncVersion());
        body.putObject("InitCommit").put("ID", "");
        body.putArray("SecurityOptions").add("name=seccomp,profile=builtin");
        ArrayNode warnings = body.putArray("Warnings");
        info.getWarningsList().forEach(warnings::add);
        body.set("Swarm", swarmJson(info));
        return body;
    }

    private ObjectNode swarmJson(NodeInfoResponse info) {
        ObjectNode swarm = json.createObjectNode();
        swarm.put("NodeID", info.getNodeId())
                .put("NodeAddr", info.getNodeAddress())
                .put("LocalNodeState", state(info.getState()))
                .put("ControlAvailable", info.getControlAvailable())
                .put("Error", info.getError());
        ArrayNode managers = swarm.putArray("RemoteManagers");
        for (Peer peer : info.getRemoteManagersList()) {
            managers.addObject().put("NodeID", peer.getNodeId()).put("Addr", peer.getAddress());
        }
        cluster.get().ifPresent(summary -> {
            swarm.put("Nodes", summary.nodes()).put("Managers", summary.managers());
            swarm.set("Cluster", summary.json());
            if (summary.managers() == 2) {
                swarm.putArray("Warnings").add(TWO_MANAGERS);
            }
        });
        return swarm;
    }

    private static String state(LocalNodeState state) {
        return state.name().substring("LOCAL_".length()).toLowerCase(Locale.ROOT);
    }

    private static String goArchitecture(String machine) {
        return switch (machine) {
            case "x86_64" -> "amd64";
            case "aarch64" -> "arm64";
            default -> machine;
        };
    }
}
