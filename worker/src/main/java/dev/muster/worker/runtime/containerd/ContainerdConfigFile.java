package dev.muster.worker.runtime.containerd;

import java.util.List;

/** The configuration file of the private containerd: only what we use is on. */
final class ContainerdConfigFile {

    /** Kubernetes' interface, snapshotters for file systems that we do not use, and what talks to the outside. */
    private static final List<String> DISABLED = List.of(
            "io.containerd.grpc.v1.cri",
            "io.containerd.internal.v1.opt",
            "io.containerd.internal.v1.restart",
            "io.containerd.internal.v1.tracing",
            "io.containerd.snapshotter.v1.aufs",
            "io.containerd.snapshotter.v1.btrfs",
            "io.containerd.snapshotter.v1.devmapper",
            "io.containerd.snapshotter.v1.native",
            "io.containerd.snapshotter.v1.zfs",
            "io.containerd.tracing.processor.v1.otlp");

    /** The kernel kills containers before their runtime. Shims raise their own by one. */
    private static final int OOM_SCORE = -999;

    private ContainerdConfigFile() {}

    static String text(ContainerdConfig config) {
        StringBuilder disabled = new StringBuilder();
        DISABLED.forEach(each -> disabled.append("  ").append(quoted(each)).append(",\n"));
        return """
                # Written by musterd at each start; changes here are lost.
                version = 2
                root = %s
                state = %s
                oom_score = %d
                disabled_plugins = [
                %s]

                [grpc]
                  address = %s
                  uid = 0
                  gid = 0

                [debug]
                  level = "warn"
                """.formatted(
                        quoted(config.root().toString()),
                        quoted(config.state().toString()),
                        OOM_SCORE,
                        disabled,
                        quoted(config.socket().toString()));
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
