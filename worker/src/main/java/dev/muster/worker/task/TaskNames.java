package dev.muster.worker.task;

import dev.muster.api.Task;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/** How a task's container is called. Pure: the same in every process, so that containers are found again. */
public final class TaskNames {
    private static final String RESERVED = "com.docker.swarm.";

    /** Carries the task's id on its container. */
    public static final String TASK_LABEL = RESERVED + "task.id";

    /** Carries the container's name. */
    public static final String NAME_LABEL = RESERVED + "task.name";

    private static final int SHORT_ID = 12;

    private TaskNames() {}

    /** The id of a task's container: 64 hexadecimal digits, as Docker's clients expect. */
    public static String containerId(String taskId) {
        return hash("task " + taskId);
    }

    /** The name of the anonymous volume that a task has at a path. */
    static String anonymousVolume(String taskId, String target) {
        return hash("volume " + taskId + " " + target);
    }

    /** The default hostname. */
    static String shortId(String containerId) {
        return containerId.substring(0, SHORT_ID);
    }

    /** {@code service.slot.task}, or with the node's id for tasks without a slot. */
    public static String containerName(Task task) {
        return task.getServiceName() + "." + slot(task) + "." + task.getId();
    }

    /** The slot's number, or the node's id for tasks without one. */
    static String slot(Task task) {
        return task.getSlot() == 0 ? task.getNodeId() : Long.toUnsignedString(task.getSlot());
    }

    /** A user's labels with swarm's own, which win. */
    static Map<String, String> labels(Task task, Map<String, String> user) {
        var labels = new TreeMap<>(user);
        labels.keySet().removeIf(key -> key.startsWith(RESERVED));
        labels.put(RESERVED + "node.id", task.getNodeId());
        labels.put(RESERVED + "service.id", task.getServiceId());
        labels.put(RESERVED + "service.name", task.getServiceName());
        labels.put(RESERVED + "task", "");
        labels.put(TASK_LABEL, task.getId());
        labels.put(NAME_LABEL, containerName(task));
        return labels;
    }

    private static String hash(String text) {
        try {
            var digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
