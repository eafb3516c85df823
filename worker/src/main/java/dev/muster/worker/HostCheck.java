package dev.muster.worker;

import dev.muster.net.Overlay;
import dev.muster.net.OverlayConfig;
import dev.muster.net.PreflightFinding;
import dev.muster.net.PreflightFinding.Severity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What this host lacks for being a worker, each with its remedy. Stateless. */
public final class HostCheck {
    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
    private static final List<String> CONTROLLERS = List.of("memory", "cpu", "pids");

    private HostCheck() {}

    /** Looks at everything that a worker needs; kernel modules are loaded if they can be. Empty: all is well. */
    public static List<PreflightFinding> of(WorkerConfig config, Map<String, String> environment) {
        var findings = new ArrayList<PreflightFinding>();
        programs(config, environment.getOrDefault("PATH", ""), findings);
        cgroups(findings);
        // Not yet known which address others will use: what is looked at here does not depend on it.
        findings.addAll(Overlay.preflight(config.overlayConfig("127.0.0.1", OverlayConfig.DEFAULT_VXLAN_PORT)));
        return findings;
    }

    private static void programs(WorkerConfig config, String path, List<PreflightFinding> findings) {
        var needed = config.containerd().isPresent() ? List.of("nft") : List.of("containerd", "runc", "nft");
        for (var program : needed) {
            // Daemons are often started with a short PATH; Debian keeps these in sbin.
            boolean found = Stream.concat(Stream.of(path.split(":")), Stream.of("/usr/sbin", "/usr/bin", "/sbin"))
                    .filter(directory -> !directory.isBlank())
                    .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
            if (!found) {
                findings.add(new PreflightFinding(
                        Severity.FATAL,
                        program,
                        "The program " + program + " is not installed.",
                        "Install it: apt-get install " + (program.equals("nft") ? "nftables" : program) + "."));
            }
        }
    }

    private static void cgroups(List<PreflightFinding> findings) {
        boolean unified = Files.exists(CGROUPS.resolve("cgroup.controllers"));
        for (var controller : CONTROLLERS) {
            if (!unified && !Files.isDirectory(CGROUPS.resolve(controller))) {
                findings.add(new PreflightFinding(
                        Severity.WARNING,
                        "cgroups",
                        "The cgroup controller " + controller + " is not mounted: its limits cannot be enforced.",
                        "Mount it below " + CGROUPS + ", or boot with cgroup version 2."));
            }
        }
        if (unified && !unifiedHas(CONTROLLERS)) {
            findings.add(new PreflightFinding(
                    Severity.WARNING,
                    "cgroups",
                    "Not all of the cgroup controllers memory, cpu and pids are available.",
                    "Boot with cgroup_enable=memory, and give the daemon's unit Delegate=yes."));
        }
    }

    private static boolean unifiedHas(List<String> controllers) {
        try {
            return List.of(Files.readString(CGROUPS.resolve("cgroup.controllers"))
                            .strip()
                            .split("\\s+"))
                    .containsAll(controllers);
        } catch (java.io.IOException e) {
            return false;
        }
    }
}
