package dev.muster.node;

import dev.muster.api.NodeInfoRequest;
import dev.muster.api.NodeInfoResponse;
import dev.muster.api.NodeRole;
import dev.muster.api.VersionRequest;
import dev.muster.api.VersionResponse;
import dev.muster.http.HttpServer;
import dev.muster.http.Router;
import dev.muster.manager.Sources;
import dev.muster.manager.control.ImageResolver;
import dev.muster.manager.http.ClusterRoutes;
import dev.muster.manager.http.ControlRoutes;
import dev.muster.manager.http.ObjectJson;
import dev.muster.net.PreflightFinding;
import dev.muster.node.docker.DockerFrame;
import dev.muster.node.docker.DockerSystem;
import dev.muster.node.docker.DockerSystem.ClusterSummary;
import dev.muster.worker.HostCheck;
import dev.muster.worker.WorkerConfig;
import dev.muster.worker.WorkerNode;
import dev.muster.worker.WorkerSources;
import dev.muster.worker.image.DigestResolver;
import dev.muster.worker.image.RegistryClient;
import dev.muster.worker.image.RegistryHosts;
import dev.muster.worker.runtime.RuntimeFailure;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * What a host has whether or not it is in a cluster: the worker with its containers, the local socket, and what both halves share.
 * Closing leaves the containers running.
 */
final class Host implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Host.class.getName());

    private final DaemonOptions options;
    private final BuildFacts build;
    private final Sources sources;
    private final HostFacts facts;
    private final List<String> warnings;
    private final WorkerNode worker;
    private final String containerdVersion;
    private final String runcVersion;
    private final RegistryDigests images;
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final Daemon daemon;
    private final HttpServer http;

    private Host(DaemonOptions options, BuildFacts build, Sources sources) {
        this.options = options;
        this.build = build;
        this.sources = sources;
        this.facts = HostFacts.read();
        WorkerConfig config = workerConfig();
        this.warnings = preflight(config);
        this.worker = WorkerNode.start(
                config,
                new WorkerSources(
                        sources.clock(), sources.nanoTime(), sources.random().split(), sources.secureRandom()));
        this.containerdVersion = worker.containerdVersion();
        this.runcVersion = ProgramVersion.of("runc");
        this.images =
                new RegistryDigests(new DigestResolver(new RegistryClient(new RegistryHosts(options.registryHosts))));
        this.daemon = new Daemon(this);
        this.http = new HttpServer(new DockerFrame(routes(), build.version()));
    }

    /**
     * Takes up the containers that an earlier daemon left; the socket comes with {@link #serve}.
     *
     * @throws IllegalStateException when the host lacks something without which no container can run
     */
    static Host start(DaemonOptions options, BuildFacts build, Sources sources) {
        return new Host(options, build, sources);
    }

    private WorkerConfig workerConfig() {
        return new WorkerConfig(
                options.dataDir.toAbsolutePath(),
                options.runDir.toAbsolutePath(),
                options.containerdSocket(),
                Optional.of(options.cgroupParent),
                options.registryHosts,
                Path.of("/etc/resolv.conf"),
                options.namePrefix,
                options.egressSubnet,
                new WorkerConfig.Host(
                        facts.hostname(),
                        facts.architecture(),
                        facts.cpus(),
                        facts.memoryBytes(),
                        build.version(),
                        options.labels,
                        List.of()));
    }

    private static List<String> preflight(WorkerConfig config) {
        List<PreflightFinding> findings = HostCheck.of(config, System.getenv());
        List<String> fatal = findings.stream()
                .filter(f -> f.severity() == PreflightFinding.Severity.FATAL)
                .map(Host::text)
                .toList();
        if (!fatal.isEmpty()) {
            throw new IllegalStateException("this host cannot run containers:\n  " + String.join("\n  ", fatal));
        }
        findings.forEach(f -> LOG.log(System.Logger.Level.WARNING, "{0}", text(f)));
        return findings.stream().map(Host::text).collect(Collectors.toList());
    }

    private static String text(PreflightFinding finding) {
        return finding.problem() + " " + finding.remedy();
    }

    private Router routes() {
        Router router = new Router();
        new NodeRoutes(daemon).addTo(router);
        new ControlRoutes(daemon::control).addTo(router);
        new ClusterRoutes(daemon::control).addTo(router);
        new DockerSystem(
                        () -> daemon.nodeInfo(NodeInfoRequest.getDefaultInstance()),
                        () -> daemon.version(VersionRequest.getDefaultInstance()),
                        this::cluster,
                        sources.clock())
                .addTo(router);
        return router;
    }

    /** Opens the local socket, then takes up this host's part in its cluster. */
    void serve() {
        Path socket = options.socketPath();
        try {
            Files.createDirectories(options.runDir);
            http.listen(socket);
            Path docker = socket.resolveSibling("docker.sock");
            Files.deleteIfExists(docker);
            Files.createSymbolicLink(docker, socket.getFileName());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot prepare " + socket + ": " + e.getMessage(), e);
        }
        LOG.log(System.Logger.Level.INFO, "musterd {0} listens on {1}", build.version(), socket);
        daemon.resume();
    }

    private Optional<ClusterSummary> cluster() {
        return daemon.member().flatMap(Member::manager).flatMap(manager -> {
            var state = manager.states().current();
            return state.cluster()
                    .map(cluster -> new ClusterSummary(
                            ObjectJson.cluster(cluster), state.nodes().size(), (int) state.nodes().values().stream()
                                    .filter(n -> n.getRole() == NodeRole.ROLE_MANAGER)
                                    .count()));
        });
    }

    /** What this host is and has, without its part in a cluster. */
    NodeInfoResponse.Builder describe() {
        NodeInfoResponse.Builder answer = NodeInfoResponse.newBuilder()
                .setHostname(facts.hostname())
                .setKernelVersion(facts.kernel())
                .setOperatingSystem(facts.operatingSystem())
                .setArchitecture(facts.architecture())
                .setCpus(facts.cpus())
                .setMemoryBytes(facts.memoryBytes())
                .setDataDir(options.dataDir.toString())
                .setContainerdVersion(containerdVersion)
                .setRuncVersion(runcVersion)
                .setCgroupDriver("cgroupfs")
                .setCgroupVersion(facts.cgroups())
                .setServerVersion(build.version())
                .addAllWarnings(warnings)
                .addAllPlugins(worker.description().getPluginsList());
        try {
            answer.setContainers(worker.containerCounts()).setImages(worker.imageCount());
        } catch (RuntimeFailure e) {
            answer.addWarnings("containerd does not answer: " + e.getMessage());
        }
        return answer;
    }

    VersionResponse version() {
        return VersionResponse.newBuilder()
                .setVersion(build.version())
                .setGitCommit(build.commit())
                .setBuildTime(build.time())
                .setJavaVersion(System.getProperty("java.version"))
                .setOs("linux")
                .setArchitecture(facts.architecture())
                .setKernelVersion(facts.kernel())
                .setApiVersion(DockerFrame.NEWEST)
                .setMinApiVersion(DockerFrame.OLDEST)
                .setContainerdVersion(containerdVersion)
                .setRuncVersion(runcVersion)
                .build();
    }

    /** A manager whose log cannot be written must not go on as if it could; the supervisor starts the daemon anew. */
    void managerFailed(Throwable cause) {
        LOG.log(System.Logger.Level.ERROR, "the manager cannot go on: the daemon ends, containers go on", cause);
        Thread.ofPlatform().name("halt").start(() -> Runtime.getRuntime().halt(3));
    }

    DaemonOptions options() {
        return options;
    }

    Sources sources() {
        return sources;
    }

    HostFacts facts() {
        return facts;
    }

    WorkerNode worker() {
        return worker;
    }

    ImageResolver images() {
        return images;
    }

    EventLoopGroup loops() {
        return loops;
    }

    @Override
    public void close() {
        http.close();
        daemon.close();
        worker.close();
        images.close();
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
