package dev.muster.worker.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Duration;
import dev.muster.api.HealthConfig;
import dev.muster.worker.runtime.ImageConfig;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ImageDocumentsTest {

    private static byte[] bytes(String json) {
        return json.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void readsAConfigurationAsBuildersWriteIt() {
        ImageDocuments.Configuration configuration = ImageDocuments.configuration(bytes("""
                {"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":["sha256:aa","sha256:bb"]},
                 "config":{"Entrypoint":["/e"],"Cmd":["c"],"Env":["A=1"],"User":"app:app","WorkingDir":"/w",
                  "ExposedPorts":{"80/tcp":{}},"Volumes":{"/data":{}},"StopSignal":"SIGQUIT","Labels":{"k":"v"},
                  "Healthcheck":{"Test":["CMD","true"],"Interval":1500000000,"Retries":4}}}
                """));
        assertThat(configuration.diffIds()).containsExactly("sha256:aa", "sha256:bb");
        assertThat(configuration.config())
                .isEqualTo(new ImageConfig(
                        "linux",
                        "amd64",
                        List.of("/e"),
                        List.of("c"),
                        List.of("A=1"),
                        "app:app",
                        "/w",
                        Set.of("80/tcp"),
                        Set.of("/data"),
                        "SIGQUIT",
                        Optional.of(HealthConfig.newBuilder()
                                .addTest("CMD")
                                .addTest("true")
                                .setInterval(Duration.newBuilder().setSeconds(1).setNanos(500_000_000))
                                .setRetries(4)
                                .build()),
                        Map.of("k", "v")));
    }

    @Test
    void nullsAndAbsencesAreEmpty() {
        ImageConfig config = ImageDocuments.configuration(
                        bytes("{\"config\":{\"Entrypoint\":null,\"Cmd\":null,\"Env\":null,\"Volumes\":null}}"))
                .config();
        assertThat(config.entrypoint()).isEmpty();
        assertThat(config.volumes()).isEmpty();
        assertThat(config.user()).isEmpty();
        assertThat(config.healthcheck()).isEmpty();
    }

    @Test
    void chainIdsAreThoseOfTheSpecification() {
        assertThat(Digests.chainId(List.of("sha256:aa"), 1)).isEqualTo("sha256:aa");
        String expected = Digests.of("sha256:aa sha256:bb".getBytes(StandardCharsets.UTF_8), "sha256");
        assertThat(Digests.chainId(List.of("sha256:aa", "sha256:bb"), 2)).isEqualTo(expected);
    }

    @Test
    void refusesWhatIsNoContainerImage() {
        String digest = "sha256:" + "0".repeat(64);
        assertThatThrownBy(() -> ImageDocuments.manifest(bytes("{\"schemaVersion\":1}")))
                .hasMessageContaining("old kind");
        assertThatThrownBy(() -> ImageDocuments.manifest(bytes("{\"schemaVersion\":2,\"config\":{\"digest\":\"" + digest
                        + "\",\"size\":1},\"layers\":[{\"mediaType\":\"application/wasm\",\"digest\":\"" + digest
                        + "\",\"size\":1}]}")))
                .hasMessageContaining("application/wasm");
        assertThatThrownBy(() -> ImageDocuments.manifest(
                        bytes("{\"schemaVersion\":2,\"config\":{\"digest\":\"../etc\",\"size\":1},\"layers\":[]}")))
                .isInstanceOf(ImageFailure.class);
        assertThatThrownBy(() -> ImageDocuments.index(bytes("no json"))).isInstanceOf(ImageFailure.class);
    }

    @Test
    void readsCredentialsInAllTheirForms() {
        assertThat(RegistryCredentials.decode("")).isEqualTo(new RegistryCredentials.None());
        assertThat(RegistryCredentials.decode("e30=")).isEqualTo(new RegistryCredentials.None());
        assertThat(RegistryCredentials.decode(TestRegistry.auth("me", "p>?~")))
                .isEqualTo(new RegistryCredentials.Password("me", "p>?~"))
                .hasToString("Password of me");
        assertThat(RegistryCredentials.decode(base64("{\"identitytoken\":\"t\",\"username\":\"u\"}")))
                .isEqualTo(new RegistryCredentials.IdentityToken("t"));
        assertThat(RegistryCredentials.decode(base64("{\"registrytoken\":\"t\"}")))
                .isEqualTo(new RegistryCredentials.AccessToken("t"));
        assertThat(RegistryCredentials.decode(base64("{\"auth\":\"" + base64("a:b:c") + "\"}")))
                .isEqualTo(new RegistryCredentials.Password("a", "b:c"));
        assertThatThrownBy(() -> RegistryCredentials.decode("%%%")).isInstanceOf(ImageFailure.class);
    }

    private static String base64(String text) {
        return java.util.Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
