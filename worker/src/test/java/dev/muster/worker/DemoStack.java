package dev.muster.worker;

import dev.muster.api.Assignment;
import dev.muster.api.AssignmentChange;
import dev.muster.api.AssignmentKey;
import dev.muster.api.ContainerSpec;
import dev.muster.api.Durations;
import dev.muster.api.FileTarget;
import dev.muster.api.HealthConfig;
import dev.muster.api.Ipam;
import dev.muster.api.IpamConfig;
import dev.muster.api.Mount;
import dev.muster.api.Network;
import dev.muster.api.NetworkAssignment;
import dev.muster.api.NetworkAttachment;
import dev.muster.api.NetworkEndpoint;
import dev.muster.api.NetworkPeer;
import dev.muster.api.NetworkService;
import dev.muster.api.PullOptions;
import dev.muster.api.TaskState;
import dev.muster.worker.task.AssignedTask;
import dev.muster.worker.task.TaskLab;
import dev.muster.worker.task.TaskNames;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What a manager says of one service "web" on one network: busybox serving a volume by HTTP, with a secret, a templated
 * config and a health check.
 */
final class DemoStack {
    static final String SECRET = "never-on-a-disk-7f3a";

    private final String image;
    private final String auth;

    DemoStack(RealHost host) {
        this.image = host.image().toString();
        this.auth = host.auth();
    }

    static AssignmentChange set(Assignment.Builder item) {
        return AssignmentChange.newBuilder().setSet(item).build();
    }

    static List<AssignmentChange> network(AssignedTask... tasks) {
        var changes = new ArrayList<AssignmentChange>();
        var ipam = Ipam.newBuilder()
                .addConfigs(IpamConfig.newBuilder().setSubnet("10.77.0.0/24").setGateway("10.77.0.1"));
        var network = Network.newBuilder().setId("net1").setVni(5077).setIpam(ipam);
        network.getSpecBuilder().getAnnotationsBuilder().setName("backend");
        changes.add(set(Assignment.newBuilder()
                .setNetwork(NetworkAssignment.newBuilder().setNetwork(network).setNodeAddress("10.77.0.2/24"))));
        changes.add(set(Assignment.newBuilder()
                .setPeer(NetworkPeer.newBuilder()
                        .setNetworkId("net1")
                        .setNodeId("node1")
                        .setUnderlayAddress(RealHost.UNDERLAY)
                        .setAddress("10.77.0.2/24"))));
        changes.add(set(Assignment.newBuilder()
                .setService(NetworkService.newBuilder()
                        .setNetworkId("net1")
                        .setServiceId("service1")
                        .setName("web")
                        .setVirtualIp("10.77.0.3"))));
        for (var task : tasks) {
            changes.add(set(Assignment.newBuilder()
                    .setEndpoint(NetworkEndpoint.newBuilder()
                            .setNetworkId("net1")
                            .setTaskId(task.id())
                            .setServiceId("service1")
                            .setNodeId("node1")
                            .setUnderlayAddress(RealHost.UNDERLAY)
                            .setAddress(task.task().getNetworks(0).getAddress())
                            .setServing(true)
                            .addNames(TaskNames.containerName(task.task())))));
        }
        return changes;
    }

    static List<AssignmentChange> task(AssignedTask task) {
        var changes = new ArrayList<AssignmentChange>();
        changes.add(set(Assignment.newBuilder().setTask(task.task())));
        changes.add(set(Assignment.newBuilder().setRevision(task.revision().orElseThrow())));
        return changes;
    }

    static AssignedTask on(AssignedTask task, String address) {
        return new AssignedTask(
                task.task().toBuilder()
                        .addNetworks(NetworkAttachment.newBuilder()
                                .setNetworkId("net1")
                                .setAddress(address))
                        .build(),
                task.revision(),
                task.secrets(),
                task.configs(),
                task.networks(),
                task.defaultLogDriver());
    }

    /** The service's task of that number, with address 10.77.0.(10 + number). */
    AssignedTask web(int number, TaskState desired) {
        return on(TaskLab.task(number, desired, web().build()), "10.77.0." + (10 + number) + "/24");
    }

    ContainerSpec.Builder web() {
        return ContainerSpec.newBuilder()
                .setImage(image)
                .setPull(PullOptions.newBuilder().setRegistryAuth(auth))
                .addCommand("sh")
                .addArgs("-c")
                .addArgs("echo started on $(hostname); trap 'echo bye; exit 0' TERM; "
                        + "busybox httpd -p 8080 -h /data; while :; do sleep 0.1; done")
                .setHostname("web-{{.Task.Slot}}")
                .addEnv("WHO={{.Service.Name}}")
                .addSecrets(TaskLab.secretReference("db")
                        .setFile(FileTarget.newBuilder()
                                .setName("db_password")
                                .setUid("1000")
                                .setGid("1000")
                                .setMode(0400)))
                .addConfigs(TaskLab.configReference("conf", "/etc/app.conf"))
                .addMounts(Mount.newBuilder()
                        .setType(Mount.Type.VOLUME)
                        .setSource("stuff")
                        .setTarget("/data"))
                .setHealthcheck(HealthConfig.newBuilder()
                        .addTest("CMD-SHELL")
                        .addTest("busybox wget -q -O /dev/null http://127.0.0.1:8080/hello")
                        .setInterval(Durations.of(Duration.ofMillis(300)))
                        .setRetries(3));
    }

    List<AssignmentChange> stack(AssignedTask... tasks) {
        var changes = network(tasks);
        changes.add(set(Assignment.newBuilder().setSecret(TaskLab.secret("db", SECRET))));
        changes.add(set(Assignment.newBuilder().setConfig(TaskLab.config("conf", "task {{.Task.Name}}", true))));
        for (var task : tasks) {
            changes.addAll(task(task));
        }
        return changes;
    }

    static AssignmentChange remove(AssignmentKey.Type type, String id) {
        return AssignmentChange.newBuilder()
                .setRemove(AssignmentKey.newBuilder().setType(type).setId(id))
                .build();
    }
}
