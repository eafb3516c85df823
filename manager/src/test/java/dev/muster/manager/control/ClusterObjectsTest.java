package dev.muster.manager.control;

import static dev.muster.manager.control.ControlFixture.MANAGER;
import static dev.muster.manager.control.ControlFixture.WORKER;
import static dev.muster.manager.control.ControlFixture.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.muster.api.Availability;
import dev.muster.api.Cluster;
import dev.muster.api.ClusterSpec;
import dev.muster.api.CreateConfigRequest;
import dev.muster.api.CreateNetworkRequest;
import dev.muster.api.CreateSecretRequest;
import dev.muster.api.Durations;
import dev.muster.api.Filter;
import dev.muster.api.GetClusterRequest;
import dev.muster.api.GetConfigRequest;
import dev.muster.api.GetNodeRequest;
import dev.muster.api.GetSecretRequest;
import dev.muster.api.GetUnlockKeyRequest;
import dev.muster.api.ListNetworksRequest;
import dev.muster.api.ListNodesRequest;
import dev.muster.api.Network;
import dev.muster.api.NetworkAttachmentConfig;
import dev.muster.api.Node;
import dev.muster.api.NodeRole;
import dev.muster.api.NodeState;
import dev.muster.api.RemoveNetworkRequest;
import dev.muster.api.RemoveNodeRequest;
import dev.muster.api.RemoveSecretRequest;
import dev.muster.api.RootRotation;
import dev.muster.api.SecretReference;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStatus;
import dev.muster.api.UpdateClusterRequest;
import dev.muster.api.UpdateNodeRequest;
import dev.muster.api.UpdateSecretRequest;
import dev.muster.pki.JoinToken;
import dev.muster.pki.UnlockKey;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ClusterObjectsTest {
    private final ControlFixture fixture = new ControlFixture();
    private final Control control = fixture.control;

    private Node node(String reference) {
        return control.getNode(GetNodeRequest.newBuilder().setId(reference).build())
                .getNode();
    }

    @Test
    void labelsAvailabilityAndRoleOfNodesChange() {
        var spec = node("w1").getSpec().toBuilder().setAvailability(Availability.AVAILABILITY_DRAIN);
        spec.getAnnotationsBuilder().putLabels("type", "database");
        var request = UpdateNodeRequest.newBuilder()
                .setId("W1")
                .setVersion(node("w1").getMeta().getVersion())
                .setSpec(spec);

        assertThat(control.updateNode(request.build()).getNode().getSpec()).isEqualTo(spec.build());
        assertThatThrownBy(() -> control.updateNode(request.build())).hasMessage("update out of sequence");
        var promote = request.clone().setVersion(node("w1").getMeta().getVersion());
        promote.getSpecBuilder().setRole(NodeRole.ROLE_MANAGER);
        assertThat(control.updateNode(promote.build()).getNode().getRole())
                .as("the role of its certificate")
                .isEqualTo(NodeRole.ROLE_WORKER);
        var back = request.clone().setVersion(node("w1").getMeta().getVersion());
        assertThat(control.updateNode(back.build()).getNode().getSpec().getRole())
                .isEqualTo(NodeRole.ROLE_WORKER);
        var demote = UpdateNodeRequest.newBuilder()
                .setId("m1")
                .setVersion(node("m1").getMeta().getVersion())
                .setSpec(node("m1").getSpec().toBuilder().setRole(NodeRole.ROLE_WORKER));
        assertThatThrownBy(() -> control.updateNode(demote.build()))
                .hasMessage("attempting to demote the last manager of the swarm");
    }

    @Test
    void aNodeIsRemovedWhenItIsDownAndItsTasksAreOrphans() {
        var service = fixture.service(spec("web", "nginx"));
        fixture.change(changes -> changes.create(Task.newBuilder()
                .setId("t1")
                .setServiceId(service.getId())
                .setRevision(1)
                .setSlot(1)
                .setNodeId(WORKER)
                .setDesiredState(TaskState.TASK_RUNNING)
                .setStatus(TaskStatus.newBuilder().setState(TaskState.TASK_RUNNING))
                .build()));
        var request = RemoveNodeRequest.newBuilder().setId("w1").build();

        assertThatThrownBy(() -> control.removeNode(request))
                .hasMessage("node " + WORKER + " is not down and can't be removed");
        assertThatThrownBy(() -> control.removeNode(RemoveNodeRequest.newBuilder()
                        .setId("m1")
                        .setForce(true)
                        .build()))
                .hasMessageStartingWith("node " + MANAGER + " is a cluster manager");

        var down = node("w1").toBuilder();
        down.getStatusBuilder().setState(NodeState.NODE_DOWN);
        fixture.change(changes -> changes.update(down.build()));
        control.removeNode(request);

        assertThat(fixture.state().node(WORKER)).isEmpty();
        assertThat(fixture.state().task("t1").orElseThrow().getStatus().getState())
                .isEqualTo(TaskState.TASK_ORPHANED);
        var removed = fixture.state().cluster().orElseThrow().getRemovedNodesList();
        assertThat(removed).singleElement().satisfies(found -> {
            assertThat(found.getNodeId()).isEqualTo(WORKER);
            assertThat(found.getExpiresAt().getSeconds())
                    .isEqualTo(ControlFixture.NOW.plus(Duration.ofDays(97)).getEpochSecond());
        });
    }

    @Test
    void nodesAreFoundByHostNameUnlessSeveralHaveIt() {
        fixture.change(changes -> changes.create(ControlFixture.node("0other", "w1", NodeRole.ROLE_WORKER)));

        assertThatThrownBy(() -> node("w1")).hasMessage("node w1 is ambiguous (2 matches found)");
        assertThat(node("0ma").getId()).isEqualTo(MANAGER);
        var list = control.listNodes(ListNodesRequest.newBuilder()
                .addFilters(Filter.newBuilder().setKey("role").addValues("worker"))
                .build());
        assertThat(list.getNodesList()).extracting(Node::getId).containsExactly("0other", WORKER);
        assertThatThrownBy(() -> control.listNodes(ListNodesRequest.newBuilder()
                        .addFilters(Filter.newBuilder().setKey("role").addValues("boss"))
                        .build()))
                .hasMessage("Invalid role filter: 'boss'");
    }

    @Test
    void secretsAreNeverShownAndChangeOnlyTheirLabels() {
        var secret = fixture.secret("key");
        assertThat(secret.getSpec().getData()).isEqualTo(ByteString.EMPTY);
        assertThat(control.getSecret(GetSecretRequest.newBuilder().setId("key").build())
                        .getSecret())
                .isEqualTo(secret);
        assertThatThrownBy(() -> fixture.secret("KEY"))
                .hasMessage("name conflicts with an existing object: secret KEY already exists");

        var update = UpdateSecretRequest.newBuilder()
                .setId("key")
                .setVersion(secret.getMeta().getVersion())
                .setSpec(secret.getSpec());
        update.getSpecBuilder().getAnnotationsBuilder().putLabels("a", "b");
        assertThat(control.updateSecret(update.build())
                        .getSecret()
                        .getSpec()
                        .getAnnotations()
                        .getLabelsMap())
                .containsEntry("a", "b");
        assertThat(fixture.state()
                        .secret(secret.getId())
                        .orElseThrow()
                        .getSpec()
                        .getData())
                .isEqualTo(ByteString.copyFromUtf8("s3cret"));
        update.setVersion(fixture.state()
                        .secret(secret.getId())
                        .orElseThrow()
                        .getMeta()
                        .getVersion())
                .getSpecBuilder()
                .setData(ByteString.copyFromUtf8("other"));
        assertThatThrownBy(() -> control.updateSecret(update.build())).hasMessage("only updates to Labels are allowed");
    }

    @Test
    void configsAreShown() {
        fixture.config("conf");

        assertThat(control.getConfig(GetConfigRequest.newBuilder().setId("conf").build())
                        .getConfig()
                        .getSpec()
                        .getData())
                .isEqualTo(ByteString.copyFromUtf8("text"));
    }

    @Test
    void payloadsHaveLimits() {
        var secret = CreateSecretRequest.newBuilder();
        secret.getSpecBuilder().getAnnotationsBuilder().setName("key");
        assertThatThrownBy(() -> control.createSecret(secret.build()))
                .hasMessage("secret data must be larger than 0 and less than 512000 bytes");
        secret.getSpecBuilder().setData(ByteString.copyFrom(new byte[512_000]));
        assertThatThrownBy(() -> control.createSecret(secret.build()))
                .hasMessage("secret data must be larger than 0 and less than 512000 bytes");
        var config = CreateConfigRequest.newBuilder();
        config.getSpecBuilder()
                .setData(ByteString.copyFrom(new byte[1_024_000]))
                .getAnnotationsBuilder()
                .setName("c");
        assertThatThrownBy(() -> control.createConfig(config.build()))
                .hasMessage("config data must be larger than 0 and less than 1024000 bytes");
    }

    @Test
    void aSecretInUseStaysAndItsUsersAreNamed() {
        fixture.secret("key");
        for (var name : new String[] {"b", "a"}) {
            var spec = spec(name, "nginx");
            spec.getTaskBuilder()
                    .getContainerBuilder()
                    .addSecrets(SecretReference.newBuilder().setSecretName("key"));
            fixture.service(spec);
        }

        assertThatThrownBy(() -> control.removeSecret(
                        RemoveSecretRequest.newBuilder().setId("key").build()))
                .hasMessage("secret 'key' is in use by the following services: a, b");
    }

    @Test
    void networksThatServicesUseStayAndSubnetsDoNotOverlap() {
        var network = fixture.network("front");
        assertThatThrownBy(() -> fixture.network("Front")).hasMessage("network with name Front already exists");
        var spec = spec("web", "nginx");
        spec.getTaskBuilder().addNetworks(NetworkAttachmentConfig.newBuilder().setTarget("front"));
        var service = fixture.service(spec);
        assertThatThrownBy(() -> control.removeNetwork(
                        RemoveNetworkRequest.newBuilder().setId("front").build()))
                .hasMessage("network front is in use by service " + service.getId());

        var allocated = network.toBuilder();
        allocated.getIpamBuilder().addConfigsBuilder().setSubnet("10.0.1.0/24");
        fixture.change(changes -> changes.update(allocated.build()));
        var overlapping = CreateNetworkRequest.newBuilder();
        overlapping.getSpecBuilder().getAnnotationsBuilder().setName("back");
        overlapping.getSpecBuilder().getIpamBuilder().addConfigsBuilder().setSubnet("10.0.0.0/16");
        assertThatThrownBy(() -> control.createNetwork(overlapping.build()))
                .hasMessage("subnet 10.0.0.0/16 overlaps with 10.0.1.0/24 of network front");

        assertThat(control.listNetworks(ListNetworksRequest.newBuilder()
                                .addFilters(Filter.newBuilder().setKey("name").addValues("ron"))
                                .addFilters(
                                        Filter.newBuilder().setKey("dangling").addValues("false"))
                                .build())
                        .getNetworksList())
                .extracting(Network::getId)
                .containsExactly(network.getId());
    }

    @Test
    void theIngressNetworkIsOneAndServicesDoNotAttachToIt() {
        var request = CreateNetworkRequest.newBuilder();
        request.getSpecBuilder().setIngress(true).getAnnotationsBuilder().setName("ingress");
        var id = control.createNetwork(request.build()).getNetwork().getId();
        request.getSpecBuilder().getAnnotationsBuilder().setName("second");
        assertThatThrownBy(() -> control.createNetwork(request.build()))
                .hasMessage("ingress network (" + id + ") is already present");

        var spec = spec("web", "nginx");
        spec.getTaskBuilder().addNetworks(NetworkAttachmentConfig.newBuilder().setTarget("ingress"));
        assertThatThrownBy(() -> fixture.service(spec))
                .hasMessage("Service cannot be explicitly attached to the ingress network \"ingress\"");
    }

    @Test
    void tokensPinTheRootAndCanBeRotated() {
        var before = control.getCluster(GetClusterRequest.getDefaultInstance());
        assertThat(before.getCluster().getRootCa().getKeyPem()).isEqualTo(ByteString.EMPTY);
        assertThat(before.getCluster().getRootCa().getWorkerTokenSecret()).isEmpty();

        control.updateCluster(UpdateClusterRequest.newBuilder()
                .setVersion(before.getCluster().getMeta().getVersion())
                .setRotateWorkerToken(true)
                .build());

        var after = control.getCluster(GetClusterRequest.getDefaultInstance());
        assertThat(after.getManagerToken()).isEqualTo(before.getManagerToken());
        assertThat(JoinToken.parse(after.getWorkerToken()).orElseThrow().rootDigest())
                .isEqualTo(
                        JoinToken.parse(before.getWorkerToken()).orElseThrow().rootDigest());
        assertThat(after.getWorkerToken()).isNotEqualTo(before.getWorkerToken());
    }

    @Test
    void clusterSettingsThatAreNotInForceAreRefused() {
        var spec = ClusterSpec.newBuilder().setHeartbeatPeriod(Durations.of(Duration.ofSeconds(2)));
        var cluster = update(spec);
        assertThat(cluster.getSpec().getHeartbeatPeriod().getSeconds()).isEqualTo(2);
        assertThat(cluster.getSpec().getAnnotations().getName()).isEqualTo("default");

        assertThatThrownBy(() -> update(spec.clone().setSnapshotInterval(2_000_000)))
                .hasMessageContaining("invalid snapshot interval: at most 1000000");
        assertThatThrownBy(() -> update(spec.clone().setKeepOldSnapshots(1_001)))
                .hasMessageContaining("at most 1000");
        assertThatThrownBy(() -> update(spec.clone().setNodeCertExpiry(Durations.of(Duration.ofMinutes(1)))))
                .hasMessage("minimum certificate expiry time is: 1h0m0s");
    }

    @Test
    void aForcedRotationOfTheRootBeginsOnceAndShowsNoKey() {
        var shown = update(ClusterSpec.newBuilder().setCaForceRotate(1));
        assertThat(shown.getRootCa().hasRotation()).isTrue();
        assertThat(shown.getRootCa().getRotation().getKeyPem()).isEmpty();
        var begun = rotation();

        update(ClusterSpec.newBuilder().setCaForceRotate(1).setTaskHistoryLimit(2));
        assertThat(rotation()).as("another setting begins no other one").isEqualTo(begun);
    }

    private RootRotation rotation() {
        return fixture.state().cluster().orElseThrow().getRootCa().getRotation();
    }

    @Test
    void theUnlockKeyComesAndGoesWithAutolockAndIsShownWhereItIsAskedForOnly() {
        assertThat(unlockKey()).isEmpty();
        assertThatThrownBy(this::rotateUnlockKey).hasMessage("cannot rotate because autolock is not turned on");

        var shown = update(ClusterSpec.newBuilder().setAutolock(true));
        var first = unlockKey();
        assertThat(UnlockKey.parse(first)).isPresent();
        assertThat(shown.getUnlockKey()).isEmpty();
        assertThat(rotationsWanted()).as("a data key that was on disks goes").isEqualTo(1);

        update(ClusterSpec.newBuilder().setAutolock(true).setTaskHistoryLimit(2));
        assertThat(unlockKey()).as("another setting changes no key").isEqualTo(first);
        rotateUnlockKey();
        assertThat(unlockKey()).isNotEqualTo(first).startsWith("SWMKEY-1-");
        assertThat(rotationsWanted()).isEqualTo(2);

        update(ClusterSpec.newBuilder());
        assertThat(unlockKey()).isEmpty();
        assertThat(fixture.state().cluster().orElseThrow().getUnlockKey()).isEmpty();
    }

    private String unlockKey() {
        return control.getUnlockKey(GetUnlockKeyRequest.getDefaultInstance()).getUnlockKey();
    }

    private long rotationsWanted() {
        return fixture.state().cluster().orElseThrow().getDataKeyRotation().getWanted();
    }

    private void rotateUnlockKey() {
        control.updateCluster(UpdateClusterRequest.newBuilder()
                .setVersion(fixture.state().cluster().orElseThrow().getMeta().getVersion())
                .setRotateUnlockKey(true)
                .build());
    }

    private Cluster update(ClusterSpec.Builder spec) {
        return control.updateCluster(UpdateClusterRequest.newBuilder()
                        .setVersion(fixture.state()
                                .cluster()
                                .orElseThrow()
                                .getMeta()
                                .getVersion())
                        .setSpec(spec)
                        .build())
                .getCluster();
    }
}
