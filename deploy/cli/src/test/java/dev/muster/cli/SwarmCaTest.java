package dev.muster.cli;

import static dev.muster.cli.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.muster.api.GetClusterResponse;
import dev.muster.api.InitRequest;
import dev.muster.api.InitResponse;
import dev.muster.api.ListNodesResponse;
import dev.muster.api.UpdateClusterRequest;
import dev.muster.api.UpdateClusterResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SwarmCaTest {

    private static final String PEM = """
        -----BEGIN CERTIFICATE-----
        MIIBajCCARCgAwIBAgIUFm9b4gO2wYs2IN7KKMiIC1P0Fn4wCgYIKoZIzj0EAwIw
        -----END CERTIFICATE-----
        """;

    private final FakeDaemon daemon = FakeDaemon.start();

    @TempDir
    Path files;

    @AfterEach
    void stop() {
        daemon.close();
    }

    private void aCluster() {
        var response = GetClusterResponse.newBuilder();
        response.getClusterBuilder().getMetaBuilder().setVersion(3);
        response.getClusterBuilder().getSpecBuilder().setCaForceRotate(4).setSnapshotInterval(77);
        response.getClusterBuilder().getRootCaBuilder().setCertificatePem(ByteString.copyFromUtf8(PEM));
        daemon.on("GetCluster", response.build());
        daemon.on("UpdateCluster", UpdateClusterResponse.getDefaultInstance());
        daemon.on("ListNodes", ListNodesResponse.getDefaultInstance());
    }

    private String file(String name, String text) throws IOException {
        return Files.writeString(files.resolve(name), text).toString();
    }

    private UpdateClusterRequest updated() {
        return daemon.request("UpdateCluster").read(UpdateClusterRequest.parser());
    }

    @Test
    void caShowsTheRootCertificate() {
        aCluster();
        assertThat(Run.of(daemon, "swarm ca")).isEqualTo(new Run(0, PEM, ""));
        assertThat(daemon.requests()).hasSize(1);
    }

    @Test
    void caSaysSoIfThereIsNone() {
        daemon.on("GetCluster", message("cluster { id: \"c\" }", GetClusterResponse.class));
        assertThat(Run.of(daemon, "swarm ca").err()).isEqualTo("no CA information available\n");
    }

    @ParameterizedTest
    @CsvSource({"ca-cert x", "ca-key x", "cert-expiry 2h", "detach", "quiet"})
    void whatBelongsToARotationNeedsIt(String flag) {
        assertThat(Run.of(daemon, "swarm ca --" + flag).err())
                .isEqualTo("`--" + flag.replaceFirst(" .*", "")
                        + "` flag requires the `--rotate` flag to update the CA\n");
        assertThat(daemon.requests()).isEmpty();
    }

    @Test
    void rotateAsksForANewRootAndKeepsTheRest() {
        aCluster();
        assertThat(Run.of(daemon, "swarm ca --rotate -d")).isEqualTo(new Run(0, "", ""));
        assertThat(updated()).isEqualTo(message("""
            version: 3 spec { ca_force_rotate: 5 snapshot_interval: 77 }
            """, UpdateClusterRequest.class));
    }

    @Test
    void rotateToAGivenRootSendsItsKeyAndForcesNothing() throws IOException {
        aCluster();
        var key = "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n";
        var run = Run.of(
                daemon,
                "swarm ca --rotate -d --cert-expiry 48h --ca-cert " + file("c", PEM) + " --ca-key " + file("k", key));
        assertThat(run).isEqualTo(new Run(0, "", ""));
        var spec = updated().getSpec();
        assertThat(spec.getSigningCaCertificatePem().toStringUtf8()).isEqualTo(PEM);
        assertThat(spec.getSigningCaKeyPem().toStringUtf8()).isEqualTo(key);
        assertThat(spec.getCaForceRotate()).isEqualTo(4);
        assertThat(spec.getNodeCertExpiry().getSeconds()).isEqualTo(48 * 3600);
    }

    @Test
    void rotateToAnExternalAuthorityNamesItsRoot() throws IOException {
        aCluster();
        Run.of(
                daemon,
                "swarm ca --rotate -d --external-ca protocol=cfssl,url=https://ca:8888/sign,profile=node --ca-cert "
                        + file("c", PEM));
        var authority = updated().getSpec().getExternalCas(0);
        assertThat(authority.getUrl()).isEqualTo("https://ca:8888/sign");
        assertThat(authority.getCaCertificatePem()).isEqualTo(PEM);
        assertThat(authority.getOptionsMap()).containsEntry("profile", "node").hasSize(1);
    }

    @Test
    void rotateRefusesHalfOfWhatItNeeds() throws IOException {
        aCluster();
        assertThat(Run.of(daemon, "swarm ca --rotate --ca-cert " + file("c", PEM))
                        .err())
                .startsWith("the --ca-cert flag requires that a --ca-key flag and/or --external-ca flag be provided");
        assertThat(Run.of(daemon, "swarm ca --rotate --external-ca protocol=cfssl,url=https://ca")
                        .err())
                .startsWith("rotating to an external CA requires the `--ca-cert` flag");
        assertThat(Run.of(daemon, "swarm ca --rotate --ca-key /absent --ca-cert /absent")
                        .err())
                .isEqualTo("open /absent: no such file or directory\n");
        assertThat(Run.of(daemon, "swarm ca --rotate --ca-key " + file("k", "x") + " --ca-cert " + file("c", PEM))
                        .err())
                .contains("is not a PEM file");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "protocol=cfssl|the external-ca option needs a url= parameter",
                "url=https://ca|the external-ca option needs a protocol= parameter",
                "protocol=acme,url=https://ca|unrecognized external CA protocol acme",
                "protocol=cfssl,url|invalid field 'url' must be a key=value pair"
            })
    void anExternalAuthorityThatIsNotOneIsRefused(String spec, String text) {
        for (var command : new String[] {"swarm init", "swarm update", "swarm ca --rotate"}) {
            assertThat(Run.of(daemon, command + " --external-ca " + spec).err())
                    .startsWith("invalid argument \"" + spec + "\" for \"--external-ca\" flag: " + text);
        }
        assertThat(daemon.requests()).isEmpty();
    }

    @Test
    void initSendsTheAuthoritiesCertificateFromItsFile() throws IOException {
        aCluster();
        daemon.on("Init", InitResponse.getDefaultInstance());
        Run.of(daemon, "swarm init --external-ca protocol=cfssl,url=https://ca/sign,cacert=" + file("c", PEM));
        var authority =
                daemon.request("Init").read(InitRequest.parser()).getSpec().getExternalCas(0);
        assertThat(authority.getProtocol()).isEqualTo("cfssl");
        assertThat(authority.getCaCertificatePem()).isEqualTo(PEM);
    }
}
