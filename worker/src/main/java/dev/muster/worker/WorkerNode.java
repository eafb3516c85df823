package dev.muster.worker;

import dev.muster.api.ContainerCounts;
import dev.muster.api.Node;
import dev.muster.api.NodeDescription;
import dev.muster.api.Peer;
import dev.muster.containerd.images.ListImagesRequest;
import dev.muster.net.Overlay;
import dev.muster.net.OverlayConfig;
import dev.muster.pki.TlsContexts;
import dev.muster.worker.agent.Agent;
import dev.muster.worker.agent.AgentConfig;
import dev.muster.worker.agent.ClusterListener;
import dev.muster.worker.agent.ManagerLinks;
import dev.muster.worker.health.HealthMonitor;
import dev.muster.worker.image.ContainerdImages;
import dev.muster.worker.image.ImageService;
import dev.muster.worker.image.RegistryClient;
import dev.muster.worker.image.RegistryHosts;
import dev.muster.worker.journal.Journal;
import dev.muster.worker.log.ContainerLogs;
import dev.muster.worker.log.LogSpool;
import dev.muster.worker.runtime.ContainerRuntime;
import dev.muster.worker.runtime.RuntimeFailure;
import dev.muster.worker.runtime.containerd.ContainerdClient;
import dev.muster.worker.runtime.containerd.ContainerdDaemon;
import dev.muster.worker.runtime.containerd.ContainerdRuntime;
import dev.muster.worker.runtime.containerd.HostProbe;
import dev.muster.worker.secret.SecretMounts;
import dev.muster.worker.task.CpuGate;
import dev.muster.worker.task.NodeFacts;
import dev.muster.worker.task.NodeServices;
import dev.muster.worker.task.OverlayNetwork;
import dev.muster.worker.task.SandboxNetwork;
import dev.muster.worker.task.TaskDirectories;
import dev.muster.worker.task.TaskNetworks;
import dev.muster.worker.task.TaskRoster;
import dev.muster.worker.volume.LocalVolumes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The worker half of a node. {@link #start} takes up everything that an earlier process left, before any manager is
 * asked; {@link #connect} joins a cluster's managers; {@link #close} leaves all containers running; {@link #leave} leaves
 * nothing of the cluster. Thread-safe.
 */
public final class WorkerNode implements AutoCloseable {
    private static final Logger LOG = System.getLogger(WorkerNode.class.getName());

    /** Containers get their grace periods; what is left then is killed. */
    private static final Duration LEAVING_PATIENCE = Duration.ofSeconds(30);

    private static final Duration IMAGE_LIST_TIMEOUT = Duration.ofSeconds(10);

    private final WorkerConfig config;
    private final WorkerSources sources;
    private final DirectoryClaim claim;
    private final ContainerdDaemon daemon;
    private final ContainerdClient client;
    private final ContainerdImages images;
    private final NodeServices services;
    private final ImageHousekeeping housekeeping;
    private final NodeDescription host;
    private volatile Optional<TlsContexts> tls = Optional.empty();
    private Agent agent;

    private WorkerNode(WorkerConfig config, WorkerSources sources, ContainerdDaemon daemon, DirectoryClaim claim) {
        this.claim = claim;
        this.config = config;
        this.sources = sources;
        this.daemon = daemon;
        this.client = daemon.connect();
        this.host = NodeDescriptions.of(config.host());
        this.images = openImages(sources.clock());
        this.services = services();
        this.agent = newAgent();
        this.housekeeping = ImageHousekeeping.start(images, services.runtime(), () -> roster().tasks());
    }

    /** Starts or finds containerd, then takes up all tasks with their networks, names and health checks. */
    public static WorkerNode start(WorkerConfig config, WorkerSources sources) {
        makeDirectory(config.dataDir());
        makeDirectory(config.runDir());
        var claim = DirectoryClaim.of(config.dataDir());
        try {
            var daemon = ContainerdDaemon.start(config.containerdConfig(), sources.nanoClock());
            try {
                var node = new WorkerNode(config, sources, daemon, claim);
                node.agent.start();
                return node;
            } catch (RuntimeException e) {
                daemon.close();
                throw e;
            }
        } catch (RuntimeException e) {
            claim.close();
            throw e;
        }
    }

    private static void makeDirectory(Path directory) {
        try {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
        } catch (IOException e) {
            throw new UncheckedIOException("could not make " + directory, e);
        }
    }

    private NodeServices services() {
        var data = config.dataDir();
        var clock = sources.clock();
        var host = config.host();
        return new NodeServices(
                new NodeFacts(host.hostname(), "linux", host.architecture()),
                new ContainerdRuntime(
                        daemon.connect(),
                        daemon.config(),
                        clock,
                        sources.nanoClock(),
                        sources.random().split(),
                        ContainerdRuntime.defaultParallelStarts(host.cpus())),
                images,
                LogSpool.open(data.resolve("logs"), clock),
                new TaskNetworks(),
                SecretMounts.open(config.runDir().resolve("secrets")),
                LocalVolumes.open(data.resolve("volumes"), clock),
                HealthMonitor.start(sources.nanoClock(), clock),
                TaskDirectories.open(data.resolve("tasks")),
                Journal.open(data.resolve("journal")),
                new CpuGate(host.cpus()),
                config.resolvConf(),
                clock,
                sources.nanoClock());
    }

    private ContainerdImages openImages(InstantSource clock) {
        var work = config.runDir().resolve("images");
        makeDirectory(work);
        return new ContainerdImages(
                daemon.connect(),
                new RegistryClient(new RegistryHosts(config.registryHosts())),
                work,
                HostProbe.architecture(),
                clock,
                sources.random().split());
    }

    private Agent newAgent() {
        return new Agent(
                services, this::openNetwork, this::description, sources.random().split());
    }

    private SandboxNetwork openNetwork(String underlayAddress, int vxlanPort) {
        var overlay = Overlay.open(
                config.overlayConfig(underlayAddress, vxlanPort), sources.nanoClock(), sources.secureRandom());
        LOG.log(Level.INFO, "networks on {0}, VXLAN port {1}", underlayAddress, String.valueOf(vxlanPort));
        return new OverlayNetwork(overlay);
    }

    /** Looks for a manager until it has one, and again whenever that is lost; returns at once. */
    public synchronized void connect(ManagerLinks links, AgentConfig how, ClusterListener listener) {
        tls = Optional.of(links.tls());
        agent.connect(links, how, listener);
    }

    /** Ends the session with the managers; containers go on. */
    public synchronized void disconnect() {
        agent.disconnect();
    }

    /**
     * Leaves the cluster: containers are stopped and removed, networks, secrets and all memory of the cluster go; volumes
     * and images stay. Afterwards the node can join a cluster again.
     */
    public synchronized void leave() {
        agent.disconnect();
        try {
            if (!agent.roster().eraseAll(LEAVING_PATIENCE)) {
                LOG.log(Level.WARNING, "not all tasks stopped in time: removing them by force");
            }
            agent.close();
            var left = agent.removeEverything();
            if (!left.isEmpty()) {
                throw new WorkerFailure("could not remove all containers, left are those of tasks "
                        + String.join(", ", left) + ". Look at the log, then try to leave again");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WorkerFailure("leaving was interrupted", e);
        }
        services.networks().close();
        Overlay.destroyAll(config.overlayConfig("127.0.0.1", OverlayConfig.DEFAULT_VXLAN_PORT));
        services.journal().clear();
        tls = Optional.empty();
        agent = newAgent();
        agent.start();
    }

    public synchronized boolean connected() {
        return agent.connected();
    }

    /** What a manager last said of this node; the default instance if none ever did. */
    public synchronized Node node() {
        return agent.node();
    }

    /** Managers as last heard of. */
    public synchronized List<Peer> managers() {
        return agent.managers();
    }

    public synchronized TaskRoster roster() {
        return agent.roster();
    }

    /** What managers are told of this node, with its certificate's issuer once it belongs to a cluster. */
    public NodeDescription description() {
        return tls.map(current -> NodeDescriptions.with(host, current.identity()))
                .orElse(host);
    }

    public ContainerRuntime runtime() {
        return services.runtime();
    }

    public ImageService images() {
        return services.images();
    }

    public ContainerLogs logs() {
        return services.logs();
    }

    public LocalVolumes volumes() {
        return services.volumes();
    }

    public String containerdVersion() {
        return client.version(IMAGE_LIST_TIMEOUT);
    }

    /** Of all containers here. Throws {@link RuntimeFailure} if containerd does not answer. */
    public ContainerCounts containerCounts() {
        var counts = ContainerCounts.newBuilder();
        for (var container : services.runtime().list()) {
            switch (container.phase()) {
                case RUNNING -> counts.setRunning(counts.getRunning() + 1);
                case PAUSED -> counts.setPaused(counts.getPaused() + 1);
                case EMPTY, CREATED, ENDED -> counts.setStopped(counts.getStopped() + 1);
            }
        }
        return counts.build();
    }

    /** Removes images that nothing here needs and that have been unused for so long; returns their names. */
    public List<String> clearImages(Duration unusedFor) {
        return housekeeping.pass(unusedFor);
    }

    /** How many different images are here. Throws {@link RuntimeFailure} if containerd does not answer. */
    public int imageCount() {
        var listed = client.call("list images", () -> client.images().list(ListImagesRequest.getDefaultInstance()));
        return listed.getImagesList().stream()
                .map(image -> image.getTarget().getDigest())
                .collect(Collectors.toSet())
                .size();
    }

    /** Ends this process's part. Containers, their networks, names of them and their logs go on; DNS waits for the next. */
    @Override
    public synchronized void close() {
        housekeeping.close();
        agent.close();
        services.networks().close();
        services.health().close();
        services.logs().close();
        services.images().close();
        services.runtime().close();
        client.close();
        daemon.close();
        claim.close();
    }

    /** Ends containerd too, which the last container must have left: for hosts that stop being nodes. */
    public synchronized void closeAndStopContainerd() {
        close();
        daemon.destroy();
    }
}
