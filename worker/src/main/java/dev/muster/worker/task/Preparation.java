package dev.muster.worker.task;

import dev.muster.api.ContainerSpec;
import dev.muster.api.Driver;
import dev.muster.api.PortConfig;
import dev.muster.api.ResourceRequirements;
import dev.muster.net.Sandbox;
import dev.muster.worker.health.HealthCheck;
import dev.muster.worker.image.ImageRef;
import dev.muster.worker.image.PullProgress;
import dev.muster.worker.runtime.ContainerMount;
import dev.muster.worker.runtime.ContainerNetwork;
import dev.muster.worker.runtime.ContainerPlan;
import dev.muster.worker.runtime.ImageHandle;
import dev.muster.worker.secret.ConfigFiles;
import dev.muster.worker.secret.InjectedFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The long step from an assignment to a container that only needs to be started. What does not depend on each other
 * runs at once: the image, the network, the secrets, the log. One use.
 *
 * <p>Everything is keyed by the task's id and replaces what an interrupted attempt left, so it can be repeated at any
 * point. After a failure nothing is undone here: {@code Teardown} removes it when the task has failed for good.
 */
final class Preparation {
    private static final int HOSTNAME_LIMIT = 64;

    /**
     * @param spec the container's, as it was made
     * @param hostPorts as bound
     */
    record Prepared(ContainerSpec spec, List<PortConfig> hostPorts) {}

    private final NodeServices node;
    private final AssignedTask assigned;
    private final String taskId;
    private final String containerId;

    @Nullable
    private ImageHandle image;

    @Nullable
    private ContainerSpec spec;

    @Nullable
    private Sandbox sandbox;

    @Nullable
    private SandboxPlan networkPlan;

    private String hostname = "";
    private InjectedFiles files = new InjectedFiles(List.of(), List.of());
    private List<ContainerMount> mounts = List.of();
    private List<Path> secretPaths = List.of();
    private Optional<String> logUri = Optional.empty();

    Preparation(NodeServices node, AssignedTask assigned) {
        this.node = node;
        this.assigned = assigned;
        this.taskId = assigned.id();
        this.containerId = TaskNames.containerId(taskId);
    }

    /** Everything but the container: may be broken off at any point. */
    void gather() throws InterruptedException {
        var templates = new TaskTemplates(assigned, node.facts());
        var expanded = templates.spec();
        var injected = InjectedFiles.of(assigned, templates, expanded);
        hostname = hostname(expanded);
        networkPlan = SandboxPlan.of(assigned, expanded, hostname);
        files = injected;
        var reference = ImageRef.parse(expanded.getImage());
        var plan = networkPlan;
        Branches.run(
                List.of(() -> imageAndVolumes(reference, expanded), () -> network(plan), () -> filesAndLog(injected)));
    }

    /** The container, from what was gathered. */
    Prepared create() throws InterruptedException {
        var effective = Objects.requireNonNull(spec);
        var network = Objects.requireNonNull(networkPlan);
        var all = new ArrayList<>(mounts);
        addFiles(all, network, effective);
        node.directories().keepSpec(taskId, effective);
        var plan = new ContainerPlan(
                containerId,
                TaskNames.labels(assigned.task(), effective.getLabelsMap()),
                Objects.requireNonNull(image),
                effective,
                resources(),
                network instanceof SandboxPlan.Host ? node.facts().hostname() : hostname,
                containerNetwork(network),
                all,
                logUri);
        node.gate().pass(() -> {
            node.runtime().create(plan);
            return plan;
        });
        return new Prepared(effective, sandbox == null ? List.of() : sandbox.hostPorts());
    }

    private ResourceRequirements resources() {
        return assigned.revision()
                .map(revision -> revision.getTask().getResources())
                .orElse(ResourceRequirements.getDefaultInstance());
    }

    private String hostname(ContainerSpec expanded) {
        var hostname = expanded.getHostname().isEmpty() ? TaskNames.shortId(containerId) : expanded.getHostname();
        if (hostname.length() > HOSTNAME_LIMIT || hostname.isBlank() || hostname.indexOf('\n') >= 0) {
            throw TaskFailure.fatal("hostname \"" + hostname + "\" must have 1 to " + HOSTNAME_LIMIT + " characters");
        }
        return hostname;
    }

    private void imageAndVolumes(ImageRef reference, ContainerSpec expanded) throws InterruptedException {
        var auth = assigned.container().getPull().getRegistryAuth();
        var handle = node.images().ensure(reference, auth, PullProgress.ignored());
        var effective = effective(expanded, handle);
        mounts = new TaskMounts(node.volumes(), node.images()).resolve(taskId, effective, handle);
        image = handle;
        spec = effective;
    }

    /** With what the image says where the service says nothing, as far as it matters after the start. */
    private static ContainerSpec effective(ContainerSpec expanded, ImageHandle image) {
        var health = HealthCheck.merge(expanded.getHealthcheck(), image.config().healthcheck());
        try {
            HealthCheck.of(health);
        } catch (IllegalArgumentException e) {
            throw TaskFailure.fatal(String.valueOf(e.getMessage()));
        }
        var filled = expanded.toBuilder().setHealthcheck(health);
        if (expanded.getStopSignal().isEmpty()) {
            filled.setStopSignal(image.config().stopSignal());
        }
        Signals.number(filled.getStopSignal());
        return TaskMounts.withImageVolumes(filled.build(), image);
    }

    private void network(SandboxPlan plan) throws InterruptedException {
        if (plan instanceof SandboxPlan.Own own) {
            sandbox = node.networks().attach(own.spec(), node.gate());
        }
    }

    private ContainerNetwork containerNetwork(SandboxPlan plan) {
        return switch (plan) {
            case SandboxPlan.Own own ->
                new ContainerNetwork.Namespace(Objects.requireNonNull(sandbox).netns());
            case SandboxPlan.Host host -> new ContainerNetwork.Host();
            case SandboxPlan.None none -> new ContainerNetwork.Isolated();
        };
    }

    private void filesAndLog(InjectedFiles files) {
        if (!files.secrets().isEmpty()) {
            secretPaths = node.secrets().mount(taskId, files.secrets());
        }
        logUri = node.logs().prepare(containerId, logDriver());
    }

    private Driver logDriver() {
        return assigned.revision()
                .filter(revision -> revision.getTask().hasLogDriver())
                .map(revision -> revision.getTask().getLogDriver())
                .orElse(assigned.defaultLogDriver());
    }

    private void addFiles(List<ContainerMount> all, SandboxPlan network, ContainerSpec effective) {
        bind(all, files.secrets(), secretPaths);
        bind(all, files.configs(), ConfigFiles.write(node.directories().configs(taskId), files.configs()));
        var taken = new TreeSet<String>();
        all.forEach(mount -> taken.add(mount.target()));
        var hosts = new ArrayList<String>();
        List<String> resolver;
        switch (network) {
            case SandboxPlan.Own own -> {
                var attached = Objects.requireNonNull(sandbox);
                hosts.addAll(attached.hosts());
                resolver = attached.resolvConf();
            }
            case SandboxPlan.Host host -> {
                hosts.addAll(lines(Path.of("/etc/hosts")));
                resolver = lines(node.resolvConf());
            }
            case SandboxPlan.None none -> {
                hosts.add("127.0.0.1 localhost " + hostname);
                resolver = List.of();
            }
        }
        hosts.addAll(effective.getHostsList());
        give(all, taken, "hosts", hosts);
        give(all, taken, "hostname", List.of(hostname));
        give(all, taken, "resolv.conf", resolver);
    }

    private static void bind(List<ContainerMount> all, List<InjectedFile> files, List<Path> paths) {
        for (int i = 0; i < files.size(); i++) {
            all.add(ContainerMount.Bind.of(paths.get(i), files.get(i).target(), true));
        }
    }

    /** A file below /etc, unless the spec mounts its own there. */
    private void give(List<ContainerMount> all, Set<String> taken, String name, List<String> lines) {
        var target = "/etc/" + name;
        if (!taken.contains(target)) {
            all.add(ContainerMount.Bind.of(node.directories().write(taskId, name, lines), target, false));
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return List.of();
        }
    }
}
