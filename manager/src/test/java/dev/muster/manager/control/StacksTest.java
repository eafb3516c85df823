package dev.muster.manager.control;

import static dev.muster.manager.control.ControlFixture.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.muster.api.Annotations;
import dev.muster.api.ApplyStackRequest;
import dev.muster.api.ApplyStackRequest.ResolveImage;
import dev.muster.api.ConfigSpec;
import dev.muster.api.NetworkAttachment;
import dev.muster.api.NetworkAttachmentConfig;
import dev.muster.api.NetworkSpec;
import dev.muster.api.RemoveStackRequest;
import dev.muster.api.SecretReference;
import dev.muster.api.SecretSpec;
import dev.muster.api.Service;
import dev.muster.api.StackAction;
import dev.muster.api.StackSpec;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStatus;
import dev.muster.api.UpdateStatus;
import dev.muster.manager.control.ImageResolver.Resolved;
import java.util.List;
import org.junit.jupiter.api.Test;

class StacksTest {
    private static final String DIGEST_1 = "@sha256:" + "1".repeat(64);
    private static final String DIGEST_2 = "@sha256:" + "2".repeat(64);

    private final ControlFixture fixture = new ControlFixture();
    private final Control control = fixture.control;

    private static Annotations named(String name) {
        return Annotations.newBuilder().setName(name).build();
    }

    /** A network, a secret, a config, and two services that use them. */
    private static StackSpec.Builder stack() {
        var web = spec("s_web", "nginx:alpine");
        web.getAnnotationsBuilder().putLabels(StackImages.IMAGE_LABEL, "nginx:alpine");
        web.getTaskBuilder()
                .addNetworks(
                        NetworkAttachmentConfig.newBuilder().setTarget("s_net").addAliases("web"))
                .getContainerBuilder()
                .addSecrets(SecretReference.newBuilder().setSecretName("s_key"));
        var api = spec("s_api", "api:1");
        api.getAnnotationsBuilder().putLabels(StackImages.IMAGE_LABEL, "api:1");
        api.getTaskBuilder().addNetworks(NetworkAttachmentConfig.newBuilder().setTarget("s_net"));
        return StackSpec.newBuilder()
                .setNamespace("s")
                .addNetworks(NetworkSpec.newBuilder().setAnnotations(named("s_net")))
                .addSecrets(
                        SecretSpec.newBuilder().setAnnotations(named("s_key")).setData(ByteString.copyFromUtf8("k")))
                .addConfigs(
                        ConfigSpec.newBuilder().setAnnotations(named("s_conf")).setData(ByteString.copyFromUtf8("c")))
                .addServices(web)
                .addServices(api);
    }

    private List<String> apply(ApplyStackRequest.Builder request) {
        return control.applyStack(request.build()).getActionsList().stream()
                .map(StacksTest::shown)
                .toList();
    }

    private List<String> apply(StackSpec.Builder stack) {
        return apply(ApplyStackRequest.newBuilder().setStack(stack).setResolveImage(ResolveImage.NEVER));
    }

    private static String shown(StackAction action) {
        return action.getAction() + " " + action.getName();
    }

    private Service service(String name) {
        return fixture.state().serviceNamed(name).orElseThrow();
    }

    @Test
    void createsEverythingInOneChange() {
        var before = fixture.proposals();

        assertThat(apply(stack()))
                .containsExactly("CREATE s_net", "CREATE s_key", "CREATE s_conf", "CREATE s_api", "CREATE s_web");

        assertThat(fixture.proposals()).isEqualTo(before + 1);
        var web = service("s_web").getSpec();
        assertThat(web.getTask().getNetworks(0).getTarget())
                .isEqualTo(fixture.state().networkNamed("s_net").orElseThrow().getId());
        assertThat(web.getTask().getContainer().getSecrets(0).getSecretId())
                .isEqualTo(fixture.state().secretNamed("s_key").orElseThrow().getId());
        assertThat(web.getAnnotations().getLabelsMap()).containsEntry("com.docker.stack.namespace", "s");
    }

    @Test
    void deployingTheSameFileAgainChangesNothing() {
        apply(stack());
        var before = fixture.proposals();

        assertThat(apply(stack()))
                .containsExactly(
                        "UNCHANGED s_net", "UNCHANGED s_key", "UNCHANGED s_conf", "UNCHANGED s_api", "UNCHANGED s_web");
        assertThat(fixture.proposals()).isEqualTo(before);
    }

    @Test
    void updatesOnlyWhatDiffersAndKeepsForcedRestarts() {
        apply(stack());
        var forced = service("s_web").toBuilder();
        forced.getSpecBuilder().getTaskBuilder().setForceUpdate(3);
        fixture.change(changes -> changes.update(forced.build()));
        var changed = stack();
        changed.getServicesBuilder(1).getTaskBuilder().getContainerBuilder().addEnv("A=B");

        assertThat(apply(changed)).contains("UPDATE s_api", "UNCHANGED s_web");

        assertThat(service("s_api").getRevision()).isEqualTo(2);
        assertThat(service("s_web").getSpec().getTask().getForceUpdate()).isEqualTo(3);
    }

    @Test
    void deployingAgainLetsAPausedUpdateGoOn() {
        apply(stack());
        fixture.change(changes -> changes.update(service("s_web").toBuilder()
                .setUpdateStatus(UpdateStatus.newBuilder().setState(UpdateStatus.State.PAUSED))
                .build()));

        assertThat(apply(stack())).contains("UPDATE s_web");
        assertThat(service("s_web").hasUpdateStatus()).isFalse();
    }

    @Test
    void oneBadObjectChangesNothingAtAll() {
        var before = fixture.proposals();
        var bad = stack();
        bad.getServicesBuilder(1).getTaskBuilder().getPlacementBuilder().addConstraints("node.colour==red");

        assertThatThrownBy(() -> apply(bad)).hasMessageStartingWith("service s_api: unknown constraint 'node.colour'");
        assertThatThrownBy(() -> apply(stack().addExternalNetworks("proxy")))
                .hasMessage("network \"proxy\" is declared as external, but could not be found. You need to create a"
                        + " swarm-scoped network before the stack is deployed");
        assertThatThrownBy(() -> apply(stack().addExternalSecrets("b").addExternalSecrets("a")))
                .hasMessage("secrets not found: a, b. The stack declares them as external: create them before the"
                        + " stack is deployed");
        assertThatThrownBy(() -> apply(stack().setNamespace("' '"))).hasMessage("invalid stack name: \"' '\"");
        var missing = stack();
        missing.getServicesBuilder(0)
                .getTaskBuilder()
                .addNetworks(NetworkAttachmentConfig.newBuilder().setTarget("nowhere"));
        assertThatThrownBy(() -> apply(missing)).hasMessage("service s_web: network nowhere not found");
        assertThat(fixture.proposals()).isEqualTo(before);
        assertThat(fixture.state().networks()).isEmpty();
    }

    @Test
    void changedSecretDataIsRefusedAndChangedLabelsAreNot() {
        apply(stack());
        var data = stack();
        data.getSecretsBuilder(0).setData(ByteString.copyFromUtf8("other"));
        assertThatThrownBy(() -> apply(data))
                .hasMessage("failed to update secret s_key: only updates to Labels are allowed");

        var labels = stack();
        labels.getSecretsBuilder(0).getAnnotationsBuilder().putLabels("a", "b");
        assertThat(apply(labels)).contains("UPDATE s_key");
    }

    @Test
    void prunesServicesThatTheFileNoLongerHas() {
        apply(stack());
        var smaller = stack().removeServices(1);

        assertThat(apply(smaller)).doesNotContain("REMOVE s_api");
        assertThat(apply(ApplyStackRequest.newBuilder()
                        .setStack(smaller)
                        .setPrune(true)
                        .setResolveImage(ResolveImage.NEVER)))
                .startsWith("REMOVE s_api");
        assertThat(fixture.state().serviceNamed("s_api")).isEmpty();
    }

    @Test
    void aDryRunDecidesAndChangesNothing() {
        var before = fixture.proposals();

        assertThat(apply(ApplyStackRequest.newBuilder()
                        .setStack(stack())
                        .setDryRun(true)
                        .setResolveImage(ResolveImage.NEVER)))
                .contains("CREATE s_web");
        assertThat(fixture.proposals()).isEqualTo(before);
    }

    @Test
    void twoServicesOfAStackCannotPublishTheSamePort() {
        var colliding = stack();
        colliding
                .getServicesBuilder(0)
                .getEndpointBuilder()
                .addPortsBuilder()
                .setTargetPort(80)
                .setPublishedPort(80);
        colliding
                .getServicesBuilder(1)
                .getEndpointBuilder()
                .addPortsBuilder()
                .setTargetPort(80)
                .setPublishedPort(80);

        assertThatThrownBy(() -> apply(colliding))
                .hasMessageStartingWith("service s_web: port '80' is already in use by service 's_api'");
    }

    @Test
    void twoServicesMaySwapTheirPorts() {
        var first = stack();
        first.getServicesBuilder(0)
                .getEndpointBuilder()
                .addPortsBuilder()
                .setTargetPort(80)
                .setPublishedPort(80);
        apply(first);
        var swapped = stack();
        swapped.getServicesBuilder(1)
                .getEndpointBuilder()
                .addPortsBuilder()
                .setTargetPort(80)
                .setPublishedPort(80);
        // The service that has the port now comes later by name.
        assertThat(apply(swapped)).contains("UPDATE s_web", "UPDATE s_api");
    }

    @Test
    void asksTheRegistryOnEachDeployOrOnlyForChangedImages() {
        fixture.registry.put("nginx:alpine", new Resolved("nginx:alpine" + DIGEST_1, List.of()));
        fixture.registry.put("api:1", new Resolved("api:1" + DIGEST_1, List.of()));
        var always = ApplyStackRequest.newBuilder().setStack(stack()).putRegistryAuths("docker.io", "auth");
        apply(always);
        assertThat(fixture.asked).containsExactlyInAnyOrder("nginx:alpine with auth", "api:1 with auth");

        fixture.registry.put("nginx:alpine", new Resolved("nginx:alpine" + DIGEST_2, List.of()));
        fixture.asked.clear();
        assertThat(apply(always.clone().setResolveImage(ResolveImage.CHANGED))).contains("UNCHANGED s_web");
        assertThat(fixture.asked).isEmpty();

        assertThat(apply(always)).contains("UPDATE s_web", "UNCHANGED s_api");
        assertThat(service("s_web").getSpec().getTask().getContainer().getImage())
                .isEqualTo("nginx:alpine" + DIGEST_2);
        assertThat(service("s_web").getSpec().getTask().getContainer().getPull().getRegistryAuth())
                .isEqualTo("auth");
    }

    @Test
    void anOutageOfTheRegistryRestartsNothing() {
        fixture.registry.put("nginx:alpine", new Resolved("nginx:alpine" + DIGEST_1, List.of()));
        fixture.registry.put("api:1", new Resolved("api:1" + DIGEST_1, List.of()));
        var always = ApplyStackRequest.newBuilder().setStack(stack());
        apply(always);
        fixture.registry.clear();

        var response = control.applyStack(always.build());

        assertThat(response.getActionsList())
                .extracting(StackAction::getAction)
                .containsOnly(StackAction.Action.UNCHANGED);
        assertThat(response.getWarningsList()).hasSize(2);
    }

    @Test
    void removesAStackInOneChangeAndLetsItsNetworksWaitForTheLastTask() {
        apply(stack());
        var network = fixture.state().networkNamed("s_net").orElseThrow();
        fixture.change(changes -> changes.create(Task.newBuilder()
                .setId("t1")
                .setServiceId(service("s_web").getId())
                .setRevision(1)
                .setSlot(1)
                .setNodeId(ControlFixture.WORKER)
                .setDesiredState(TaskState.TASK_RUNNING)
                .setStatus(TaskStatus.newBuilder().setState(TaskState.TASK_RUNNING))
                .addNetworks(NetworkAttachment.newBuilder()
                        .setNetworkId(network.getId())
                        .setAddress("10.0.1.5/24"))
                .build()));
        var before = fixture.proposals();

        var response = control.removeStack(
                RemoveStackRequest.newBuilder().setNamespace("s").build());

        assertThat(response.getActionsList().stream().map(StacksTest::shown))
                .containsExactlyInAnyOrder(
                        "REMOVE s_api", "REMOVE s_web", "REMOVE s_key", "REMOVE s_conf", "REMOVE s_net");
        assertThat(fixture.proposals()).isEqualTo(before + 1);
        assertThat(fixture.state().network(network.getId()).orElseThrow().getPendingDelete())
                .isTrue();
        assertThat(fixture.state().secrets()).isEmpty();
        assertThat(control.removeStack(RemoveStackRequest.newBuilder()
                                .setNamespace("s")
                                .build())
                        .getActionsList())
                .isEmpty();
    }

    @Test
    void aStackWhoseNetworkAnotherServiceUsesIsNotRemovedHalfway() {
        apply(stack());
        var stranger = spec("stranger", "nginx");
        stranger.getTaskBuilder()
                .addNetworks(NetworkAttachmentConfig.newBuilder().setTarget("s_net"));
        var id = fixture.service(stranger).getId();
        var before = fixture.proposals();

        assertThatThrownBy(() -> control.removeStack(
                        RemoveStackRequest.newBuilder().setNamespace("s").build()))
                .hasMessage("network s_net is in use by service " + id);
        assertThat(fixture.proposals()).isEqualTo(before);
    }
}
