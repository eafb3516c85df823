package dev.muster.worker.runtime.containerd;

import dev.muster.net.PreflightFinding;
import dev.muster.net.PreflightFinding.Severity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Looks, before anything is started, for what containers need of this host. */
public final class RuntimePreflight {

    private static final List<Path> DIRECTORIES = List.of(
            Path.of("/usr/local/sbin"),
            Path.of("/usr/local/bin"),
            Path.of("/usr/sbin"),
            Path.of("/usr/bin"),
            Path.of("/sbin"),
            Path.of("/bin"));

    private static final List<String> CONTROLLERS = List.of("memory", "cpu", "pids");

    private RuntimePreflight() {}

    /** What is lacking, worst first; empty if all is well. */
    public static List<PreflightFinding> check(ContainerdConfig config) {
        List<PreflightFinding> result = new ArrayList<>();
        if (config.address().isEmpty()) {
            program("containerd", "containerd", result);
            program("containerd-shim-runc-v2", "containerd", result);
            program("setsid", "util-linux", result);
        }
        program("runc", "runc", result);
        overlayFileSystem(result);
        cgroups(result);
        if (config.initBinary().isEmpty()) {
            result.add(new PreflightFinding(
                    Severity.WARNING,
                    "init",
                    "There is no static init, so services with init: true cannot run here.",
                    "Install the package tini."));
        }
        return result;
    }

    private static void program(String name, String debianPackage, List<PreflightFinding> result) {
        boolean found = DIRECTORIES.stream().anyMatch(each -> Files.isExecutable(each.resolve(name)));
        if (!found) {
            result.add(new PreflightFinding(
                    Severity.FATAL,
                    name,
                    "The program " + name + " is not installed.",
                    "Install the package " + debianPackage + "."));
        }
    }

    private static void overlayFileSystem(List<PreflightFinding> result) {
        Optional<String> known = text(Path.of("/proc/filesystems"));
        if (known.isPresent() && !known.get().contains("\toverlay\n")) {
            result.add(new PreflightFinding(
                    Severity.FATAL,
                    "overlayfs",
                    "The kernel has no overlay file system, which containers' file systems are made of.",
                    "Run 'modprobe overlay', and add it to /etc/modules."));
        }
    }

    private static void cgroups(List<PreflightFinding> result) {
        Path root = Path.of("/sys/fs/cgroup");
        boolean unified = CgroupFiles.unified();
        List<String> here = unified
                ? List.of(text(root.resolve("cgroup.controllers"))
                        .orElse("")
                        .strip()
                        .split(" ", -1))
                : List.of();
        for (String controller : CONTROLLERS) {
            if (unified ? !here.contains(controller) : !Files.isDirectory(root.resolve(controller))) {
                result.add(new PreflightFinding(
                        Severity.WARNING,
                        "cgroup",
                        "The cgroup controller " + controller + " is not available, so such limits cannot be kept.",
                        controller.equals("memory")
                                ? "Boot with cgroup_enable=memory, or mount the cgroup hierarchies."
                                : "Mount the cgroup hierarchies."));
            }
        }
    }

    private static Optional<String> text(Path file) {
        try {
            return Optional.of(Files.readString(file));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
