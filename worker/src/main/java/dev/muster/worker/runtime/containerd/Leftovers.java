package dev.muster.worker.runtime.containerd;

import dev.muster.worker.mount.MountTable;
import dev.muster.worker.mount.Mounts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Ends what a containerd that is gone has left: containers that could not be deleted in order, their shims, their
 * mounts. Only its own, which it knows by the state directory, and by the socket that shims are told.
 */
final class Leftovers {

    private static final System.Logger LOG = System.getLogger(Leftovers.class.getName());
    private static final String TASKS = "io.containerd.runtime.v2.task";

    private Leftovers() {}

    static void end(ContainerdConfig config) {
        try {
            for (String container : containers(config.state().resolve(TASKS))) {
                for (Path cgroup : CgroupFiles.directories(config.containersCgroup() + "/" + container)) {
                    killAll(cgroup);
                }
            }
            killShims(config.socket());
            List<Path> mounts = new ArrayList<>(MountTable.points());
            mounts.removeIf(each -> !each.startsWith(config.state()));
            mounts.sort(Comparator.comparingInt(Path::getNameCount).reversed());
            mounts.forEach(Mounts::unmount);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "cannot end all that containerd left: " + e.getMessage());
        }
    }

    private static Set<String> containers(Path tasks) throws IOException {
        Set<String> result = new TreeSet<>();
        if (Files.isDirectory(tasks)) {
            try (DirectoryStream<Path> namespaces = Files.newDirectoryStream(tasks, Files::isDirectory)) {
                for (Path namespace : namespaces) {
                    try (DirectoryStream<Path> ids = Files.newDirectoryStream(namespace, Files::isDirectory)) {
                        ids.forEach(each -> result.add(each.getFileName().toString()));
                    }
                }
            }
        }
        return result;
    }

    private static void killAll(Path cgroup) throws IOException {
        Path processes = cgroup.resolve("cgroup.procs");
        if (Files.exists(processes)) {
            for (String pid : Files.readAllLines(processes)) {
                ProcessHandle.of(Long.parseLong(pid.strip())).ifPresent(ProcessHandle::destroyForcibly);
            }
        }
    }

    private static void killShims(Path socket) {
        ProcessHandle.allProcesses().filter(each -> isShimOf(each, socket)).forEach(ProcessHandle::destroyForcibly);
    }

    private static boolean isShimOf(ProcessHandle process, Path socket) {
        try {
            byte[] line = Files.readAllBytes(Path.of("/proc/" + process.pid() + "/cmdline"));
            List<String> words = List.of(new String(line, StandardCharsets.UTF_8).split("\0"));
            int address = words.indexOf("-address");
            return words.getFirst().endsWith("containerd-shim-runc-v2")
                    && address > 0
                    && address + 1 < words.size()
                    && words.get(address + 1).equals(socket.toString());
        } catch (IOException e) {
            return false;
        }
    }
}
