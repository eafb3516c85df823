package dev.muster.worker.image;

import static dev.muster.worker.image.ScriptedRegistry.bytes;
import static dev.muster.worker.image.ScriptedRegistry.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.worker.image.ImageFailure.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Challenges, redirects, mirrors and lies, by registries on the loopback interface. */
class RegistryClientTest {

    private static final byte[] MANIFEST = "{\"schemaVersion\":2}".getBytes(StandardCharsets.UTF_8);
    private static final String DIGEST = Digests.of(MANIFEST, "sha256");
    private static final String AUTH = TestRegistry.auth("me", "secret");
    private static final String BASIC =
            "Basic " + Base64.getEncoder().encodeToString("me:secret".getBytes(StandardCharsets.UTF_8));

    @TempDir
    Path directory;

    private ScriptedRegistry own;
    private ScriptedRegistry other;
    private RegistryClient client;

    @BeforeEach
    void start() throws IOException {
        own = new ScriptedRegistry();
        other = new ScriptedRegistry();
        configure("");
        client = new RegistryClient(new RegistryHosts(directory));
    }

    @AfterEach
    void stop() {
        client.close();
        own.close();
        other.close();
    }

    private void configure(String mirrors) throws IOException {
        Path hosts = Files.createDirectories(directory.resolve(own.host()));
        Files.writeString(hosts.resolve("hosts.toml"), "server = \"http://" + own.host() + "\"\n" + mirrors);
    }

    private RegistryRepository repository(String auth) {
        return client.open(ImageRef.parse(own.host() + "/team/app:1"), auth);
    }

    @Test
    void fetchesATokenWithTheCredentialsAndUsesIt() throws Exception {
        own.on("/v2/team/app/manifests/1", exchange -> {
            boolean granted = "Bearer T".equals(exchange.getRequestHeaders().getFirst("Authorization"));
            (granted
                            ? bytes(200, MANIFEST, "Docker-Content-Digest", DIGEST)
                            : text(
                                    401,
                                    "",
                                    "WWW-Authenticate",
                                    "Bearer realm=\"http://" + own.host()
                                            + "/token\",service=\"svc\",scope=\"repository:team/app:pull\""))
                    .to(exchange);
        });
        own.on("/token", text(200, "{\"token\":\"T\"}"));
        assertThat(repository(AUTH).digest("1")).isEqualTo(DIGEST);
        assertThat(own.requests())
                .containsExactly(
                        "HEAD /v2/team/app/manifests/1 null",
                        "GET /token?service=svc&scope=repository%3Ateam%2Fapp%3Apull&account=me " + BASIC,
                        "HEAD /v2/team/app/manifests/1 Bearer T");
    }

    @Test
    void wrongCredentialsAreSaidToBeWrong() {
        own.on(
                "/v2/team/app/manifests/1",
                text(
                        401,
                        "{\"errors\":[{\"code\":\"UNAUTHORIZED\",\"message\":\"nope\"}]}",
                        "WWW-Authenticate",
                        "Basic realm=\"x\""));
        assertThatThrownBy(() -> repository(AUTH).digest("1"))
                .isInstanceOfSatisfying(
                        ImageFailure.class, each -> assertThat(each.kind()).isEqualTo(Kind.UNAUTHORIZED))
                .hasMessageContaining(own.host() + "/team/app:1")
                .hasMessageContaining("UNAUTHORIZED: nope")
                .hasMessageContaining("--with-registry-auth");
        assertThat(own.requests()).contains("HEAD /v2/team/app/manifests/1 " + BASIC);
    }

    @Test
    void asksTheMirrorFirstAndNeverShowsItTheCredentials() throws Exception {
        configure("[host.\"http://" + other.host() + "\"]\n[host.\"http://" + other.host()
                + "\".header]\nauthorization = \"Basic bWlycm9y\"\n");
        other.on("/v2/team/app/manifests/1", text(401, "", "WWW-Authenticate", "Basic realm=\"x\""));
        own.on(
                "/v2/team/app/manifests/1",
                exchange -> (exchange.getRequestHeaders().containsKey("Authorization")
                                ? bytes(200, MANIFEST, "Docker-Content-Digest", DIGEST)
                                : text(401, "", "WWW-Authenticate", "Basic realm=\"x\""))
                        .to(exchange));
        assertThat(repository(AUTH).digest("1")).isEqualTo(DIGEST);
        assertThat(other.requests()).isNotEmpty().allMatch(each -> each.endsWith(" Basic bWlycm9y"));
    }

    @Test
    void aMirrorThatHasTheImageSparesTheRegistry() throws Exception {
        configure("[host.\"http://" + other.host() + "\"]\n");
        other.on("/v2/team/app/manifests/1", bytes(200, MANIFEST, "Docker-Content-Digest", DIGEST));
        assertThat(repository(AUTH).digest("1")).isEqualTo(DIGEST);
        assertThat(own.requests()).isEmpty();
        assertThat(other.requests()).containsExactly("HEAD /v2/team/app/manifests/1 null");
    }

    @Test
    void leavesTheAuthorizationBehindWhenRedirectedElsewhere() throws Exception {
        byte[] blob = "blob".getBytes(StandardCharsets.UTF_8);
        String digest = Digests.of(blob, "sha256");
        own.on(
                "/v2/team/app/blobs/" + digest,
                exchange -> (exchange.getRequestHeaders().containsKey("Authorization")
                                ? text(307, "", "Location", "http://" + other.host() + "/storage?sig=1")
                                : text(401, "", "WWW-Authenticate", "Basic realm=\"x\""))
                        .to(exchange));
        other.on("/storage", bytes(200, blob));
        assertThat(repository(AUTH).smallBlob(digest, blob.length)).isEqualTo(blob);
        assertThat(other.requests()).containsExactly("GET /storage?sig=1 null");
    }

    @Test
    void goesOnWhereABlobBroke() throws Exception {
        String digest = "sha256:" + "0".repeat(64);
        own.on("/v2/team/app/blobs/" + digest, exchange -> {
            boolean range = "bytes=3-".equals(exchange.getRequestHeaders().getFirst("Range"));
            text(range ? 206 : 200, range ? "def" : "abcdef").to(exchange);
        });
        RegistryRepository.BlobStream stream = repository("").blob(digest, 3);
        try (InputStream body = stream.body()) {
            assertThat(stream.offset()).isEqualTo(3);
            assertThat(body.readAllBytes()).asString(StandardCharsets.UTF_8).isEqualTo("def");
        }
    }

    @Test
    void refusesBytesThatAreNotWhatTheDigestSays() {
        own.on("/v2/team/app/manifests/" + DIGEST, text(200, "{\"schemaVersion\":2,\"evil\":1}"));
        assertThatThrownBy(() -> repository("").manifest(DIGEST))
                .isInstanceOfSatisfying(
                        ImageFailure.class, each -> assertThat(each.kind()).isEqualTo(Kind.CORRUPT));
    }

    @Test
    void findsTheDigestThoughTheRegistryDoesNotAnswerHead() throws Exception {
        own.on(
                "/v2/team/app/manifests/1",
                exchange -> (exchange.getRequestMethod().equals("HEAD") ? text(405, "") : bytes(200, MANIFEST))
                        .to(exchange));
        assertThat(repository("").digest("1")).isEqualTo(DIGEST);
    }

    @Test
    void saysWhichImageIsMissingAndWhichRegistryIsDown() {
        assertThatThrownBy(() -> repository("").manifest("1"))
                .isInstanceOfSatisfying(
                        ImageFailure.class, each -> assertThat(each.kind()).isEqualTo(Kind.NOT_FOUND))
                .hasMessageContaining("team/app:1");
        own.close();
        assertThatThrownBy(() -> repository("").manifest("1"))
                .isInstanceOfSatisfying(ImageFailure.class, each -> {
                    assertThat(each.kind()).isEqualTo(Kind.UNREACHABLE);
                    assertThat(each.temporary()).isTrue();
                })
                .hasMessageContaining(own.host());
    }
}
