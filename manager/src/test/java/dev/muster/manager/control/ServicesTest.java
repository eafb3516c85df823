package dev.muster.manager.control;

import static dev.muster.manager.control.ControlFixture.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.api.CreateServiceRequest;
import dev.muster.api.EndpointSpec;
import dev.muster.api.GetServiceRequest;
import dev.muster.api.ListServicesRequest;
import dev.muster.api.NetworkAttachmentConfig;
import dev.muster.api.Platform;
import dev.muster.api.PortConfig;
import dev.muster.api.PublishMode;
import dev.muster.api.RemoveServiceRequest;
import dev.muster.api.SecretReference;
import dev.muster.api.Service;
import dev.muster.api.ServiceSpec;
import dev.muster.api.UpdateServiceRequest;
import dev.muster.api.UpdateStatus;
import dev.muster.http.RpcCode;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ServicesTest {
    private final ControlFixture fixture = new ControlFixture();
    private final Control control = fixture.control;

    private static void assertRefused(ThrowingCallable call, RpcCode code, String message) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ControlFailure.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessage(message);
    }

    private Service update(Service service, ServiceSpec spec) {
        return control.updateService(UpdateServiceRequest.newBuilder()
                        .setId(service.getId())
                        .setVersion(service.getMeta().getVersion())
                        .setSpec(spec)
                        .build())
                .getService();
    }

    private Service stored(String name) {
        return fixture.state().serviceNamed(name).orElseThrow();
    }

    @Test
    void createsAServiceWithItsFirstRevisionInOneChange() {
        var created = fixture.service(spec("web", "nginx:alpine"));

        assertThat(fixture.lastChanges()).containsExactly("CREATE KIND_REVISION", "CREATE KIND_SERVICE");
        assertThat(created.getRevision()).isEqualTo(1);
        assertThat(fixture.state().revision(created.getId(), 1).orElseThrow().getTask())
                .isEqualTo(created.getSpec().getTask());
        assertThat(created.getMeta().getVersion()).isEqualTo(fixture.state().version());
    }

    @Test
    void refusesANameThatIsTakenWhateverItsCase() {
        fixture.service(spec("web", "nginx"));

        assertRefused(
                () -> fixture.service(spec("WEB", "nginx")),
                RpcCode.ALREADY_EXISTS,
                "name conflicts with an existing object: service WEB already exists");
    }

    @Test
    void fillsInWhatIsReferredToByName() {
        var network = fixture.network("front");
        var secret = fixture.secret("key");
        var spec = spec("web", "nginx");
        spec.getTaskBuilder()
                .addNetworks(NetworkAttachmentConfig.newBuilder().setTarget("front"))
                .getContainerBuilder()
                .addSecrets(SecretReference.newBuilder().setSecretName("key"));

        var task = fixture.service(spec).getSpec().getTask();

        assertThat(task.getNetworks(0).getTarget()).isEqualTo(network.getId());
        var reference = task.getContainer().getSecrets(0);
        assertThat(reference.getSecretId()).isEqualTo(secret.getId());
        assertThat(reference.getFile().getName()).isEqualTo("key");
        assertThat(reference.getFile().getMode()).isEqualTo(0444);
    }

    @Test
    void namesEverythingThatIsMissing() {
        var before = fixture.proposals();
        var secrets = spec("web", "nginx");
        secrets.getTaskBuilder()
                .getContainerBuilder()
                .addSecrets(SecretReference.newBuilder().setSecretName("a"))
                .addSecrets(SecretReference.newBuilder().setSecretName("b"));
        assertRefused(() -> fixture.service(secrets), RpcCode.INVALID_ARGUMENT, "secrets not found: a, b");

        var networks = spec("web", "nginx");
        networks.getTaskBuilder()
                .addNetworks(NetworkAttachmentConfig.newBuilder().setTarget("nowhere"));
        assertRefused(() -> fixture.service(networks), RpcCode.NOT_FOUND, "network nowhere not found");
        assertThat(fixture.proposals()).isEqualTo(before);
    }

    @Test
    void pinsTheImageAndItsPlatforms() {
        var pinned = "nginx:alpine@sha256:" + "a".repeat(64);
        var amd64 =
                Platform.newBuilder().setArchitecture("amd64").setOs("linux").build();
        fixture.registry.put("nginx:alpine", new ImageResolver.Resolved(pinned, List.of(amd64)));

        var response = control.createService(CreateServiceRequest.newBuilder()
                .setSpec(spec("web", "nginx:alpine"))
                .setRegistryAuth("eyJ9")
                .setResolveImage(true)
                .build());

        assertThat(response.getWarningsList()).isEmpty();
        var task = response.getService().getSpec().getTask();
        assertThat(task.getContainer().getImage()).isEqualTo(pinned);
        assertThat(task.getPlacement().getPlatformsList()).containsExactly(amd64);
        assertThat(task.getContainer().hasPull())
                .as("credentials are not shown")
                .isFalse();
        assertThat(stored("web").getSpec().getTask().getContainer().getPull().getRegistryAuth())
                .isEqualTo("eyJ9");
        assertThat(fixture.asked).containsExactly("nginx:alpine with eyJ9");
    }

    @Test
    void createsTheServiceThoughItsImageCannotBeResolvedAndWarns() {
        var response = control.createService(CreateServiceRequest.newBuilder()
                .setSpec(spec("web", "nosuch:1"))
                .setResolveImage(true)
                .build());

        assertThat(response.getWarningsList())
                .singleElement()
                .asString()
                .contains("image nosuch:1 could not be accessed on a registry to record its digest", "no such image");
        assertThat(stored("web").getSpec().getTask().getContainer().getImage()).isEqualTo("nosuch:1");
    }

    @Test
    void asksNoRegistryForASpecThatIsRefusedAnyway() {
        fixture.service(spec("web", "nginx"));

        assertThatThrownBy(() -> control.createService(CreateServiceRequest.newBuilder()
                        .setSpec(spec("web", "nginx"))
                        .setResolveImage(true)
                        .build()))
                .isInstanceOf(ControlFailure.class);
        assertThat(fixture.asked).isEmpty();
    }

    @Test
    void twoServicesCannotPublishTheSamePortInTheMesh() {
        var endpoint = EndpointSpec.newBuilder()
                .addPorts(PortConfig.newBuilder().setTargetPort(80).setPublishedPort(8080))
                .build();
        var first = fixture.service(spec("web", "nginx").setEndpoint(endpoint));

        assertRefused(
                () -> fixture.service(spec("other", "nginx").setEndpoint(endpoint)),
                RpcCode.INVALID_ARGUMENT,
                "port '8080' is already in use by service 'web' (" + first.getId() + ") as an ingress port");
        control.removeService(RemoveServiceRequest.newBuilder().setId("web").build());
        fixture.service(spec("other", "nginx").setEndpoint(endpoint));
    }

    @Test
    void twoServicesMayPublishTheSamePortOfTheirHosts() {
        var endpoint = EndpointSpec.newBuilder()
                .addPorts(PortConfig.newBuilder()
                        .setTargetPort(80)
                        .setPublishedPort(8080)
                        .setPublishMode(PublishMode.PUBLISH_HOST))
                .build();
        fixture.service(spec("web", "nginx").setEndpoint(endpoint));
        fixture.service(spec("other", "nginx").setEndpoint(endpoint));

        assertThat(fixture.state().services()).hasSize(2);
    }

    @Test
    void anUpdateOfWhatTasksAreMadeOfMakesARevisionAndScalingMakesNone() {
        var first = fixture.service(spec("web", "nginx:1"));
        var second = update(first, spec("web", "nginx:2").build());
        assertThat(second.getRevision()).isEqualTo(2);
        assertThat(second.getPreviousSpec()).isEqualTo(first.getSpec());

        var scaled = second.getSpec().toBuilder();
        scaled.getReplicatedBuilder().setReplicas(9);
        var third = update(second, scaled.build());

        assertThat(third.getRevision()).isEqualTo(2);
        assertThat(fixture.state().revisions(first.getId())).hasSize(2);
    }

    @Test
    void refusesAVersionThatIsNotTheStoredOneAndWhatCannotChange() {
        var service = fixture.service(spec("web", "nginx"));
        assertRefused(
                () -> update(
                        service.toBuilder()
                                .setMeta(service.getMeta().toBuilder().setVersion(999))
                                .build(),
                        spec("web", "nginx").build()),
                RpcCode.UNKNOWN,
                "update out of sequence");
        assertRefused(
                () -> update(service, spec("other", "nginx").build()),
                RpcCode.UNIMPLEMENTED,
                "renaming services is not supported");
        var global = spec("web", "nginx");
        global.getGlobalBuilder();
        assertRefused(
                () -> update(service, global.build()), RpcCode.UNIMPLEMENTED, "service mode change is not allowed");
    }

    @Test
    void keepsStoredCredentialsUnlessNewOnesCome() {
        var request = CreateServiceRequest.newBuilder()
                .setSpec(spec("web", "nginx:1"))
                .setRegistryAuth("auth1");
        var shown = control.createService(request.build()).getService();

        update(
                shown,
                shown.getSpec().toBuilder()
                        .setAnnotations(
                                shown.getSpec().getAnnotations().toBuilder().putLabels("a", "b"))
                        .build());

        assertThat(stored("web").getSpec().getTask().getContainer().getPull().getRegistryAuth())
                .isEqualTo("auth1");
    }

    @Test
    void sendingTheSameSpecAgainEndsAPausedUpdateAndKeepsWhatCanBeRolledBack() {
        var first = fixture.service(spec("web", "nginx:1"));
        update(first, spec("web", "nginx:2").build());
        fixture.change(changes -> changes.update(stored("web").toBuilder()
                .setUpdateStatus(UpdateStatus.newBuilder().setState(UpdateStatus.State.PAUSED))
                .build()));

        var again = update(stored("web"), spec("web", "nginx:2").build());

        assertThat(again.hasUpdateStatus()).isFalse();
        assertThat(again.getPreviousSpec()).isEqualTo(first.getSpec());
        assertThat(again.getPreviousRevision()).isEqualTo(1);
    }

    @Test
    void rollsBackToThePreviousSpecAndForwardAgain() {
        var first = fixture.service(spec("web", "nginx:1"));
        assertRefused(() -> rollBack("web"), RpcCode.FAILED_PRECONDITION, "service web does not have a previous spec");
        update(first, spec("web", "nginx:2").build());

        var back = rollBack("web");
        assertThat(back.getSpec()).isEqualTo(first.getSpec());
        assertThat(back.getRevision()).isEqualTo(1);
        assertThat(back.getUpdateStatus().getState()).isEqualTo(UpdateStatus.State.ROLLBACK_STARTED);

        assertThat(rollBack("web").getRevision()).isEqualTo(2);
    }

    private Service rollBack(String name) {
        return control.updateService(UpdateServiceRequest.newBuilder()
                        .setId(name)
                        .setVersion(stored(name).getMeta().getVersion())
                        .setRollback(true)
                        .build())
                .getService();
    }

    @Test
    void aRemovedServiceIsGoneForUsersAndItsNameIsFree() {
        var service = fixture.service(spec("web", "nginx"));

        control.removeService(RemoveServiceRequest.newBuilder().setId("web").build());

        assertThat(fixture.state().service(service.getId()).orElseThrow().getPendingDelete())
                .isTrue();
        assertRefused(
                () -> control.getService(
                        GetServiceRequest.newBuilder().setId(service.getId()).build()),
                RpcCode.NOT_FOUND,
                "service " + service.getId() + " not found");
        assertThat(control.listServices(ListServicesRequest.getDefaultInstance())
                        .getServicesList())
                .isEmpty();
        fixture.service(spec("web", "nginx"));
    }
}
