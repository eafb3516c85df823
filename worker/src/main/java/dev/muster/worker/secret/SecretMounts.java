package dev.muster.worker.secret;

import dev.muster.worker.mount.MountFailure;
import dev.muster.worker.mount.MountTable;
import dev.muster.worker.mount.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The tasks' secrets in memory: one small tmpfs per task, below one directory. It outlives this process, as the
 * container does, and is never swapped where the kernel can promise that. Thread-safe for different tasks.
 */
public final class SecretMounts {
    private static final int PAGE_BYTES = 4096;

    /** For directories and the kernel's own accounting. */
    private static final int SPARE_PAGES = 16;

    private static final int SPARE_INODES = 8;
    private static final long FLAGS = Mounts.NO_SUID | Mounts.NO_DEV | Mounts.NO_EXEC;

    private final Path directory;

    private SecretMounts(Path directory) {
        this.directory = directory;
    }

    /** Makes the directory if it is missing, for root alone. */
    public static SecretMounts open(Path directory) {
        try {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
            return new SecretMounts(directory.toRealPath());
        } catch (IOException e) {
            throw new SecretFailure("could not make the directory for secrets " + directory + ": " + e.getMessage(), e);
        }
    }

    /**
     * Puts the files into a new tmpfs of the task and returns where each is, in the order given. What an earlier attempt
     * for the same task left is replaced.
     */
    public List<Path> mount(String taskId, List<InjectedFile> files) {
        unmount(taskId);
        var root = root(taskId);
        try {
            Files.createDirectory(
                    root, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            mountTmpfs(root, files);
            if (!Mounts.onTmpfs(root)) {
                throw new SecretFailure(root + " is not in memory: secrets will not be written there");
            }
            var paths = new ArrayList<Path>();
            for (var file : files) {
                var path = root.resolve(String.valueOf(paths.size()));
                file.writeTo(path);
                paths.add(path);
            }
            return paths;
        } catch (IOException e) {
            throw new SecretFailure("could not put secrets into " + root + ": " + e.getMessage(), e);
        }
    }

    private static void mountTmpfs(Path root, List<InjectedFile> files) {
        long pages = SPARE_PAGES;
        for (var file : files) {
            pages += (file.content().size() + PAGE_BYTES - 1) / PAGE_BYTES;
        }
        var options = "mode=0700,size=" + pages * PAGE_BYTES + ",nr_inodes=" + (files.size() + SPARE_INODES);
        try {
            Mounts.mount("muster-secrets", root, "tmpfs", FLAGS, options + ",noswap");
        } catch (MountFailure e) {
            if (e.errno() != Mounts.EINVAL) {
                throw e;
            }
            // Kernels before 6.4 do not know noswap.
            Mounts.mount("muster-secrets", root, "tmpfs", FLAGS, options);
        }
    }

    /** Removes the task's secrets; nothing happens if it has none. */
    public void unmount(String taskId) {
        var root = root(taskId);
        if (!Files.exists(root)) {
            return;
        }
        // Several, if an earlier end of the process fell between two attempts.
        while (Mounts.unmount(root)) {
            Thread.onSpinWait();
        }
        try {
            Files.deleteIfExists(root);
        } catch (IOException e) {
            throw new SecretFailure("could not remove " + root + ": " + e.getMessage(), e);
        }
    }

    /** Tasks that have something here. */
    public Set<String> tasks() {
        try (var entries = Files.list(directory)) {
            return new TreeSet<>(
                    entries.map(entry -> entry.getFileName().toString()).toList());
        } catch (IOException e) {
            throw new SecretFailure("could not list " + directory + ": " + e.getMessage(), e);
        }
    }

    /** Whether the task's tmpfs is in place. */
    public boolean mounted(String taskId) {
        return MountTable.isMountPoint(root(taskId));
    }

    private Path root(String taskId) {
        if (taskId.isEmpty() || taskId.indexOf('/') >= 0 || taskId.startsWith(".")) {
            throw new IllegalArgumentException("not a task id: '" + taskId + "'");
        }
        return directory.resolve(taskId);
    }
}
