package dev.muster.worker.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.worker.image.RegistryEndpoint.Capability;
import dev.muster.worker.image.RegistryEndpoint.ClientKey;
import dev.muster.worker.image.RegistryEndpoint.TlsSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryHostsTest {

    @TempDir
    Path directory;

    private Path host(String name, String toml) throws IOException {
        Path own = Files.createDirectories(directory.resolve(name));
        Files.writeString(own.resolve("hosts.toml"), toml);
        return own;
    }

    private List<RegistryEndpoint> endpoints(String registry) {
        return new RegistryHosts(directory).endpoints(registry);
    }

    @Test
    void withoutConfigurationAsksTheRegistryItselfByHttps() {
        assertThat(endpoints("registry.example.com:5000"))
                .containsExactly(new RegistryEndpoint(
                        URI.create("https://registry.example.com:5000/v2"),
                        true,
                        Set.of(Capability.values()),
                        Map.of(),
                        TlsSettings.DEFAULT));
        assertThat(endpoints("docker.io").getFirst().base()).isEqualTo(URI.create("https://registry-1.docker.io/v2"));
    }

    @Test
    void readsMirrorsInOrderAndPutsTheRegistryLast() throws IOException {
        Path own = host("docker.io", """
                server = "https://registry-1.docker.io"
                [host."https://mirror.example.com"]
                  capabilities = ["pull", "resolve"]
                  ca = ["ca.crt", "/etc/other.crt"]
                  client = [["client.crt", "client.key"]]
                  [host."https://mirror.example.com".header]
                    authorization = "Basic bWU6bWU="
                [host."http://10.0.0.1:5000/prefix"]
                  capabilities = ["pull"]
                  override_path = true
                  skip_verify = true
                """);
        List<RegistryEndpoint> endpoints = endpoints("docker.io");
        assertThat(endpoints)
                .containsExactly(
                        new RegistryEndpoint(
                                URI.create("https://mirror.example.com/v2"),
                                false,
                                Set.of(Capability.PULL, Capability.RESOLVE),
                                Map.of("authorization", List.of("Basic bWU6bWU=")),
                                new TlsSettings(
                                        List.of(own.resolve("ca.crt"), Path.of("/etc/other.crt")),
                                        List.of(new ClientKey(
                                                own.resolve("client.crt"), Optional.of(own.resolve("client.key")))),
                                        false)),
                        new RegistryEndpoint(
                                URI.create("http://10.0.0.1:5000/prefix"),
                                false,
                                Set.of(Capability.PULL),
                                Map.of(),
                                new TlsSettings(List.of(), List.of(), true)),
                        new RegistryEndpoint(
                                URI.create("https://registry-1.docker.io/v2"),
                                true,
                                Set.of(Capability.values()),
                                Map.of(),
                                TlsSettings.DEFAULT));
    }

    @Test
    void theRegistryListedAsItsOwnHostIsStillItself() throws IOException {
        host("r.example.com", """
                server = "https://r.example.com"
                [host."https://r.example.com"]
                  skip_verify = true
                """);
        assertThat(endpoints("r.example.com"))
                .singleElement()
                .satisfies(each -> assertThat(each.own()).isTrue())
                .satisfies(each -> assertThat(each.tls().skipVerify()).isTrue());
    }

    @Test
    void theRegistrysNameOverPlainHttpIsAMirrorAndGetsNoCredentials() throws IOException {
        host("r.example.com", "[host.\"http://r.example.com\"]\n");
        assertThat(endpoints("r.example.com")).extracting(RegistryEndpoint::own).containsExactly(false, true);
    }

    @Test
    void takesDockersCertificateFilesAndBothFormsOfAPort() throws IOException {
        Path own = Files.createDirectories(directory.resolve("r.example.com:5000"));
        for (String file : List.of("ca.crt", "me.cert", "me.key")) {
            Files.writeString(own.resolve(file), "");
        }
        assertThat(endpoints("r.example.com:5000").getFirst().tls())
                .isEqualTo(new TlsSettings(
                        List.of(own.resolve("ca.crt")),
                        List.of(new ClientKey(own.resolve("me.cert"), Optional.of(own.resolve("me.key")))),
                        false));
        host("s.example.com_5000_", "server = \"http://s.example.com:5000\"");
        assertThat(endpoints("s.example.com:5000").getFirst().base())
                .isEqualTo(URI.create("http://s.example.com:5000/v2"));
        host("_default", "[host.\"https://cache\"]");
        assertThat(endpoints("any.example.com")).hasSize(2);
    }

    @Test
    void saysWhatIsWrongInAFile() throws IOException {
        host("a", "server = ");
        host("b", "[host.\"https://x\"]\ncapabilites = [\"pull\"]");
        host("c", "[host.\"https://x\"]\ncapabilities = [\"fetch\"]");
        host("d", "server = \"ftp://x\"");
        host("e", "servr = \"https://x\"");
        assertThatThrownBy(() -> endpoints("a")).isInstanceOf(ImageFailure.class);
        assertThatThrownBy(() -> endpoints("b"))
                .hasMessageContaining("capabilites")
                .hasMessageContaining("hosts.toml");
        assertThatThrownBy(() -> endpoints("c")).hasMessageContaining("'fetch'");
        assertThatThrownBy(() -> endpoints("e")).hasMessageContaining("unknown key 'servr'");
        assertThatThrownBy(() -> endpoints("d")).hasMessageContaining("ftp://x");
    }
}
