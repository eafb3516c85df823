package dev.muster.worker.task;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.muster.api.ContainerSpec;
import dev.muster.worker.volume.FileTrees;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A directory per task for what its container is given as files, and for its spec as it was made: {@code hosts}, {@code
 * hostname}, {@code resolv.conf}, {@code configs/N}, {@code spec}. Nothing secret is in it. Any thread, one per task.
 */
public final class TaskDirectories {
    private static final String SPEC = "spec";

    private final Path root;

    private TaskDirectories(Path root) {
        this.root = root;
    }

    /** Makes the parent directory if it is missing, for root alone. */
    public static TaskDirectories open(Path root) {
        try {
            Files.createDirectories(
                    root, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            return new TaskDirectories(root.toRealPath());
        } catch (IOException e) {
            throw TaskFailure.fatal("could not make the tasks' directory " + root + ": " + e.getMessage());
        }
    }

    Path directory(String taskId) {
        if (taskId.isEmpty() || taskId.startsWith(".") || taskId.indexOf('/') >= 0) {
            throw new IllegalArgumentException("not a task id: '" + taskId + "'");
        }
        return root.resolve(taskId);
    }

    Path configs(String taskId) {
        return directory(taskId).resolve("configs");
    }

    /** Writes a text file that every user of the container may read. */
    Path write(String taskId, String name, List<String> lines) {
        var file = directory(taskId).resolve(name);
        try {
            Files.createDirectories(file.getParent());
            Files.write(file, lines, StandardCharsets.UTF_8);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
            return file;
        } catch (IOException e) {
            throw TaskFailure.temporary("could not write " + file + ": " + e.getMessage());
        }
    }

    /** Keeps the spec with which the container is made: expanded, and with what comes from the image filled in. */
    void keepSpec(String taskId, ContainerSpec spec) {
        var file = directory(taskId).resolve(SPEC);
        var beside = file.resolveSibling(SPEC + ".new");
        try {
            Files.createDirectories(file.getParent());
            Files.deleteIfExists(beside);
            Files.createFile(
                    beside, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.write(beside, spec.toByteArray());
            Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw TaskFailure.temporary("could not write " + file + ": " + e.getMessage());
        }
    }

    /** Empty if none was kept, or it cannot be read. */
    Optional<ContainerSpec> spec(String taskId) {
        try {
            return Optional.of(
                    ContainerSpec.parseFrom(Files.readAllBytes(directory(taskId).resolve(SPEC))));
        } catch (NoSuchFileException | InvalidProtocolBufferException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw TaskFailure.temporary("could not read the spec of task " + taskId + ": " + e.getMessage());
        }
    }

    void delete(String taskId) {
        try {
            FileTrees.delete(directory(taskId));
        } catch (IOException e) {
            throw TaskFailure.temporary("could not remove " + directory(taskId) + ": " + e.getMessage());
        }
    }

    Set<String> tasks() {
        try (var entries = Files.list(root)) {
            return new TreeSet<>(
                    entries.map(entry -> entry.getFileName().toString()).toList());
        } catch (IOException e) {
            throw TaskFailure.temporary("could not list " + root + ": " + e.getMessage());
        }
    }
}
