package dev.muster.faults;

import dev.muster.cluster.Run;
import dev.muster.cluster.TestCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Hosts in namespaces, by {@code deploy/cluster.sh}. */
final class ClusterHosts implements Hosts {
    private static final Duration COMMAND = Duration.ofMinutes(3);

    private final Path dir;

    /**
     * @param dir of the cluster
     */
    ClusterHosts(Path dir) {
        this.dir = dir;
    }

    private void script(String verb, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                TestCluster.repository().resolve("deploy/cluster.sh").toString(), verb, "--dir", dir.toString()));
        command.addAll(List.of(arguments));
        Run.command(COMMAND, command).ok();
    }

    @Override
    public void kill(int host) {
        script("kill", "" + host);
    }

    @Override
    public void stop(int host) {
        script("stop", "" + host);
    }

    @Override
    public void start(int host) {
        script("start", "" + host);
    }

    @Override
    public void freeze(int host) {
        signal("STOP", host);
    }

    @Override
    public void thaw(int host) {
        signal("CONT", host);
    }

    private void signal(String signal, int host) {
        var pid = dir.resolve("hosts/node-" + host + "/musterd.pid");
        script("exec", "" + host, "bash", "-c", "kill -" + signal + " \"$(cat " + pid + ")\"");
    }

    @Override
    public void pause(int host) {
        script("pause", "" + host);
    }

    @Override
    public void resume(int host) {
        script("resume", "" + host);
    }

    @Override
    public void cut(int host, List<Integer> others) {
        List<String> arguments = new ArrayList<>(List.of("" + host));
        others.forEach(other -> arguments.add("" + other));
        script("partition", arguments.toArray(String[]::new));
    }

    @Override
    public void heal() {
        script("heal");
    }
}
