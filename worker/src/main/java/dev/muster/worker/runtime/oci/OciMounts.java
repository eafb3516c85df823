package dev.muster.worker.runtime.oci;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.muster.worker.runtime.ContainerMount;
import dev.muster.worker.runtime.ContainerMount.Propagation;
import dev.muster.worker.runtime.ContainerPlan;
import dev.muster.worker.runtime.RuntimeFailure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The mounts of a spec: the kernel's file systems as Docker mounts them, then the plan's, parents before children. */
final class OciMounts {

    /** Stay writable under a read-only root, as they do with Docker. */
    private static final Set<String> NEVER_READ_ONLY = Set.of("/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue");

    private static final long SHM_BYTES = 64L << 20;

    private OciMounts() {}

    private record Entry(String target, String type, String source, List<String> options) {}

    static ArrayNode of(ContainerPlan plan, HostFeatures host) {
        Set<String> wanted = new HashSet<>();
        for (ContainerMount mount : plan.mounts()) {
            if (!wanted.add(normal(mount.target()))) {
                throw new RuntimeFailure(RuntimeFailure.Kind.INVALID, "duplicate mount point: " + mount.target());
            }
        }
        List<Entry> entries = new ArrayList<>();
        for (Entry each : defaults()) {
            if (!wanted.contains(each.target())) {
                entries.add(plan.spec().getReadOnly() ? readOnly(each) : each);
            }
        }
        List<Entry> own = new ArrayList<>();
        for (ContainerMount mount : plan.mounts()) {
            own.add(entry(mount));
        }
        if (plan.spec().getInit()) {
            own.add(init(host.initBinary()));
        }
        own.sort(Comparator.comparingInt(each -> Path.of(each.target()).getNameCount()));
        entries.addAll(own);
        ArrayNode result = JsonNodeFactory.instance.arrayNode();
        for (Entry each : entries) {
            ObjectNode node = result.addObject();
            node.put("destination", each.target());
            node.put("type", each.type());
            node.put("source", each.source());
            node.set("options", OciProcess.strings(each.options()));
        }
        return result;
    }

    private static List<Entry> defaults() {
        return List.of(
                new Entry("/proc", "proc", "proc", List.of("nosuid", "noexec", "nodev")),
                new Entry("/dev", "tmpfs", "tmpfs", List.of("nosuid", "strictatime", "mode=755", "size=65536k")),
                new Entry(
                        "/dev/pts",
                        "devpts",
                        "devpts",
                        List.of("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5")),
                new Entry("/sys", "sysfs", "sysfs", List.of("nosuid", "noexec", "nodev", "ro")),
                new Entry("/sys/fs/cgroup", "cgroup", "cgroup", List.of("ro", "nosuid", "noexec", "nodev")),
                new Entry("/dev/mqueue", "mqueue", "mqueue", List.of("nosuid", "noexec", "nodev")),
                new Entry(
                        "/dev/shm",
                        "tmpfs",
                        "shm",
                        List.of("nosuid", "noexec", "nodev", "mode=1777", "size=" + SHM_BYTES)));
    }

    private static Entry readOnly(Entry entry) {
        if (NEVER_READ_ONLY.contains(entry.target()) || entry.options().contains("ro")) {
            return entry;
        }
        List<String> options = new ArrayList<>(entry.options());
        options.add("ro");
        return new Entry(entry.target(), entry.type(), entry.source(), options);
    }

    private static Entry entry(ContainerMount mount) {
        return switch (mount) {
            case ContainerMount.Bind bind -> bind(bind);
            case ContainerMount.Tmpfs tmpfs -> tmpfs(tmpfs);
        };
    }

    private static Entry bind(ContainerMount.Bind bind) {
        List<String> options = new ArrayList<>();
        options.add(bind.recursive() ? "rbind" : "bind");
        options.add(bind.propagation().word());
        if (bind.readOnly()) {
            options.add("ro");
        }
        return new Entry(normal(bind.target()), "bind", bind.source().toString(), options);
    }

    /** The plan's options come after Docker's defaults and take the place of their opposites. */
    private static Entry tmpfs(ContainerMount.Tmpfs tmpfs) {
        Set<String> options = new LinkedHashSet<>(List.of("noexec", "nosuid", "nodev"));
        for (String option : tmpfs.options()) {
            options.remove(option.startsWith("no") ? option.substring(2) : "no" + option);
            options.add(option);
        }
        options.add(Propagation.RPRIVATE.word());
        if (tmpfs.readOnly()) {
            options.add("ro");
        }
        if (tmpfs.sizeBytes() > 0) {
            options.add("size=" + tmpfs.sizeBytes());
        }
        if (tmpfs.mode() != 0) {
            options.add("mode=" + Integer.toOctalString(tmpfs.mode()));
        }
        return new Entry(normal(tmpfs.target()), "tmpfs", "tmpfs", List.copyOf(options));
    }

    private static Entry init(Optional<Path> binary) {
        Path source = binary.orElseThrow(() -> new RuntimeFailure(
                RuntimeFailure.Kind.INVALID,
                "the service asks for an init process, and this node has none: install Debian's package tini"));
        return new Entry(
                OciProcess.INIT_IN_CONTAINER, "bind", source.toString(), List.of("bind", "ro", "nosuid", "nodev"));
    }

    /** How the root itself must propagate for the plan's binds to be able to. */
    static Optional<String> rootPropagation(ContainerPlan plan) {
        Set<Propagation> wanted = new HashSet<>();
        for (ContainerMount mount : plan.mounts()) {
            if (mount instanceof ContainerMount.Bind bind) {
                wanted.add(bind.propagation());
            }
        }
        if (wanted.contains(Propagation.SHARED) || wanted.contains(Propagation.RSHARED)) {
            return Optional.of("shared");
        }
        boolean slave = wanted.contains(Propagation.SLAVE) || wanted.contains(Propagation.RSLAVE);
        return slave ? Optional.of("rslave") : Optional.empty();
    }

    private static String normal(String target) {
        return Path.of(target).normalize().toString();
    }
}
