package dev.muster.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A running task as the Docker-compatible API shows it, with ways to look into its container from the host.
 *
 * @param host the number of the host it runs on
 * @param pid the container's first process, as that host counts
 */
public record TaskView(
        TestCluster cluster, String id, String service, long slot, int host, long pid, String container) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The running tasks of a service, by slot. */
    public static List<TaskView> running(TestCluster cluster, String service) {
        List<TaskView> found = new ArrayList<>();
        for (JsonNode task :
                api(cluster, "/tasks?filters={\"service\":[\"" + service + "\"],\"desired-state\":[\"running\"]}")) {
            if (task.at("/Status/State").asText().equals("running")) {
                JsonNode node = api(cluster, "/nodes/" + task.path("NodeID").asText());
                found.add(new TaskView(
                        cluster,
                        task.path("ID").asText(),
                        service,
                        task.path("Slot").asLong(),
                        Integer.parseInt(
                                node.at("/Description/Hostname").asText().replace("node-", "")),
                        task.at("/Status/ContainerStatus/PID").asLong(),
                        task.at("/Status/ContainerStatus/ContainerID").asText()));
            }
        }
        found.sort(java.util.Comparator.comparingLong(TaskView::slot));
        return found;
    }

    /** An answer of the Docker-compatible API on the first host. */
    public static JsonNode api(TestCluster cluster, String path) {
        String body = cluster.on(
                        1,
                        "curl",
                        "-sf",
                        "-g",
                        "--unix-socket",
                        cluster.variable("MUSTER_NODE_1_DOCKER_SOCKET"),
                        "http://localhost" + path)
                .ok();
        try {
            return JSON.readTree(body);
        } catch (IOException e) {
            throw new UncheckedIOException(body, e);
        }
    }

    /** Runs a command in all of the container's namespaces, with its root. */
    public Run in(String... command) {
        List<String> words = new ArrayList<>(List.of("nsenter", "--all", "--root", "--wd", "-t", "" + pid));
        words.addAll(List.of(command));
        return cluster.on(host, words.toArray(String[]::new));
    }

    /** The same as another user, without any capability. */
    public Run as(int uid, int gid, String... command) {
        List<String> words = new ArrayList<>(
                List.of("nsenter", "--all", "--root", "--wd", "-t", "" + pid, "-S", "" + uid, "-G", "" + gid));
        words.addAll(List.of(command));
        return cluster.on(host, words.toArray(String[]::new));
    }

    /** Runs a command of the host in the container's network. */
    public Run inNetwork(String... command) {
        List<String> words = new ArrayList<>(List.of("nsenter", "--net", "-t", "" + pid));
        words.addAll(List.of(command));
        return cluster.on(host, words.toArray(String[]::new));
    }

    /** The container's host name: what the demo images answer with. */
    public String hostname() {
        return in("hostname").ok();
    }

    /** A value that the container's own cgroup has in force: the first of the files that exists, v2 name first. */
    public String cgroup(String v2File, String v1Controller, String v1File) {
        return cluster.on(
                        host,
                        "sh",
                        "-c",
                        "v2=$(sed -n 's/^0:://p' /proc/" + pid + "/cgroup);"
                                + " v1=$(sed -n 's/^[0-9]*:\\([^:]*,\\)*" + v1Controller + "\\(,[^:]*\\)*://p' /proc/"
                                + pid
                                + "/cgroup);"
                                + " for f in /sys/fs/cgroup$v2/" + v2File + " /sys/fs/cgroup/" + v1Controller + "$v1/"
                                + v1File
                                + "; do [ -e $f ] && exec cat $f; done; echo none of $f")
                .ok();
    }
}
