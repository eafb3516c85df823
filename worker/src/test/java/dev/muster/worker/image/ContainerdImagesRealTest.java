package dev.muster.worker.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import dev.muster.worker.image.ImageFailure.Kind;
import dev.muster.worker.image.PullProgress.Phase;
import dev.muster.worker.runtime.ImageHandle;
import dev.muster.worker.runtime.containerd.RealContainerd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pulls from Debian's registry, with TLS and a password, into a private containerd. */
class ContainerdImagesRealTest {

    @TempDir
    static Path temporary;

    private static RealContainerd containerd;
    private static TestRegistry registry;
    private static ContainerdImages images;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        RealContainerd.require();
        containerd = RealContainerd.start();
        registry = TestRegistry.start(temporary);
        images = containerd.images(registry.hostsDirectory());
    }

    @AfterAll
    static void stop() throws IOException {
        if (containerd != null) {
            images.close();
            registry.close();
            containerd.close();
        }
    }

    /** Each image differs from every other by its label, and so by its digest. */
    private static Path layout(String name) throws IOException {
        TestImage image = TestImage.busybox(Files.createDirectories(temporary.resolve("work-" + name)));
        ObjectNode config = image.config();
        config.putObject("Labels").put("name", name);
        Path marker = Files.createDirectories(temporary.resolve("work-" + name).resolve("marker"));
        Files.writeString(marker.resolve(name), "x".repeat(4000));
        image.layer(marker);
        return image.write("layout");
    }

    private static List<String> phases(List<String> into, Phase... wanted) {
        List<String> names = List.of(wanted).stream().map(Phase::name).toList();
        return into.stream().filter(names::contains).toList();
    }

    @Test
    void pullsOnceThenNeedsNoRegistry() throws Exception {
        Path layout = layout("once");
        ImageRef ref = registry.push(layout, "team/once:1");
        List<String> seen = Collections.synchronizedList(new ArrayList<>());
        PullProgress progress = (layer, phase, done, total) -> seen.add(phase.name());
        ImageHandle handle = images.ensure(ref, registry.auth(), progress);
        assertThat(handle.digest()).isEqualTo(TestImage.digest(layout));
        assertThat(handle.config().cmd()).containsExactly("sleep", "1000000");
        assertThat(phases(seen, Phase.UNPACKED, Phase.PRESENT)).hasSize(3);

        seen.clear();
        registry.stop();
        try {
            ImageRef pinned = ref.withDigest(handle.digest());
            assertThat(images.ensure(pinned, "", progress)).isEqualTo(handle);
            assertThat(images.ensure(ref, "", progress))
                    .as("by tag, with the registry down")
                    .isEqualTo(handle);
            assertThat(seen).isEmpty();
            assertThatThrownBy(() -> images.ensure(ImageRef.parse(registry.host() + "/team/other"), "", progress))
                    .isInstanceOfSatisfying(
                            ImageFailure.class, each -> assertThat(each.kind()).isEqualTo(Kind.UNREACHABLE));
        } finally {
            registry.restart();
        }
    }

    @Test
    void sharesLayersAmongImagesAndPullsAmongCallers() throws Exception {
        ImageRef ref = registry.push(layout("shared"), "team/shared:1");
        List<String> seen = Collections.synchronizedList(new ArrayList<>());
        List<ImageHandle> handles = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<ImageHandle>> pulls = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                pulls.add(threads.submit(() ->
                        images.ensure(ref, registry.auth(), (layer, phase, done, total) -> seen.add(phase.name()))));
            }
            for (Future<ImageHandle> each : pulls) {
                handles.add(each.get());
            }
        }
        assertThat(handles).hasSize(8).allMatch(handles.getFirst()::equals);
        assertThat(phases(seen, Phase.UNPACKED, Phase.PRESENT))
                .as("one pull of three layers")
                .hasSize(3);
    }

    @Test
    void saysWhyAnImageCannotBeHad() throws Exception {
        ImageRef ref = registry.push(layout("denied"), "team/denied:1");
        assertThatThrownBy(() -> images.ensure(ref, "", PullProgress.ignored()))
                .isInstanceOfSatisfying(
                        ImageFailure.class, each -> assertThat(each.kind()).isEqualTo(Kind.UNAUTHORIZED))
                .hasMessageContaining("--with-registry-auth");
        assertThatThrownBy(() -> images.ensure(ref, TestRegistry.auth("puller", "wrong"), PullProgress.ignored()))
                .isInstanceOfSatisfying(
                        ImageFailure.class, each -> assertThat(each.kind()).isEqualTo(Kind.UNAUTHORIZED));
        ImageRef missing = ImageRef.parse(registry.host() + "/team/denied:2");
        assertThatThrownBy(() -> images.ensure(missing, registry.auth(), PullProgress.ignored()))
                .isInstanceOfSatisfying(
                        ImageFailure.class, each -> assertThat(each.kind()).isEqualTo(Kind.NOT_FOUND))
                .hasMessageContaining("team/denied:2");
        RegistryClient untrusting = new RegistryClient(new RegistryHosts(temporary.resolve("nothing")));
        try (untrusting) {
            assertThatThrownBy(() -> new DigestResolver(untrusting).resolve(ref, registry.auth()))
                    .isInstanceOfSatisfying(
                            ImageFailure.class, each -> assertThat(each.kind()).isEqualTo(Kind.UNREACHABLE))
                    .hasMessageContaining("ca.crt");
        }
    }

    @Test
    void picksThePlatformOfAnIndexAndRefusesForeignOnes() throws Exception {
        Path work = Files.createDirectories(temporary.resolve("work-multi"));
        Path layout = TestImage.busybox(work).writeIndex("multi", List.of("arm64", "amd64"));
        ImageRef ref = registry.push(layout, "team/multi:1");
        ImageHandle handle = images.ensure(ref, registry.auth(), PullProgress.ignored());
        assertThat(handle.digest()).isEqualTo(TestImage.digest(layout));
        assertThat(handle.config().architecture()).isEqualTo("amd64");
        assertThat(images.find(ref)).contains(handle);
        try (RegistryClient client = new RegistryClient(new RegistryHosts(registry.hostsDirectory()))) {
            ResolvedImage resolved = new DigestResolver(client).resolve(ref, registry.auth());
            assertThat(resolved.ref().digest()).contains(handle.digest());
            assertThat(resolved.platforms())
                    .extracting(each -> each.getOs() + "/" + each.getArchitecture())
                    .containsExactly("linux/arm64", "linux/amd64");
        }
        Path foreign = TestImage.busybox(Files.createDirectories(temporary.resolve("work-foreign")))
                .writeIndex("foreign", List.of("arm64"));
        ImageRef foreignRef = registry.push(foreign, "team/foreign:1");
        assertThatThrownBy(() -> images.ensure(foreignRef, registry.auth(), PullProgress.ignored()))
                .isInstanceOfSatisfying(
                        ImageFailure.class, each -> assertThat(each.kind()).isEqualTo(Kind.WRONG_PLATFORM))
                .hasMessageContaining("[linux/arm64]");
    }

    @Test
    void takesABrokenDownloadUpWhereItBroke() throws Exception {
        Path layout = layout("broken");
        try (ScriptedRegistry flaky = new ScriptedRegistry()) {
            Path hosts = Files.createDirectories(temporary.resolve("flaky-hosts"));
            Path own = Files.createDirectories(hosts.resolve(flaky.host()));
            Files.writeString(own.resolve("hosts.toml"), "server = \"http://" + flaky.host() + "\"");
            byte[] manifest = blob(layout, TestImage.digest(layout));
            for (String reference : List.of("1", TestImage.digest(layout))) {
                flaky.on(
                        "/v2/app/manifests/" + reference,
                        ScriptedRegistry.bytes(200, manifest, "Content-Type", MediaTypes.OCI_MANIFEST));
            }
            ImageDocuments.Manifest parsed = ImageDocuments.manifest(manifest);
            String config = parsed.config().digest();
            flaky.on("/v2/app/blobs/" + config, ScriptedRegistry.bytes(200, blob(layout, config)));
            for (ImageDocuments.Descriptor layer : parsed.layers()) {
                byte[] bytes = blob(layout, layer.digest());
                flaky.on("/v2/app/blobs/" + layer.digest(), exchange -> breakOnce(exchange, bytes));
            }
            try (ContainerdImages other = containerd.images(hosts)) {
                ImageHandle handle = other.ensure(ImageRef.parse(flaky.host() + "/app:1"), "", PullProgress.ignored());
                assertThat(handle.digest()).isEqualTo(TestImage.digest(layout));
                assertThat(other.find(ImageRef.parse(handle.name()))).contains(handle);
            }
        }
    }

    private static byte[] blob(Path layout, String digest) throws IOException {
        return Files.readAllBytes(layout.resolve("blobs/sha256").resolve(digest.substring("sha256:".length())));
    }

    /** Half of it, then nothing more; from where it is asked for, the rest. */
    private static void breakOnce(HttpExchange exchange, byte[] bytes) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        int from = range == null ? 0 : Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
        exchange.sendResponseHeaders(range == null ? 200 : 206, bytes.length - from);
        exchange.getResponseBody().write(bytes, from, range == null ? bytes.length / 2 : bytes.length - from);
        exchange.getResponseBody().flush();
    }

    @Test
    void fillsAnEmptyDirectoryWithWhatTheImageHolds() throws Exception {
        ImageRef ref = registry.push(layout("copy"), "team/copy:1");
        ImageHandle handle = images.ensure(ref, registry.auth(), PullProgress.ignored());
        Path destination = Files.createDirectories(temporary.resolve("volume"));
        assertThat(images.copyDirectory(handle, "/data", destination)).isTrue();
        assertThat(destination.resolve("hello")).hasContent("from the image\n");
        assertThat(Files.getAttribute(destination, "unix:uid")).isEqualTo(1000);
        Path untouched = Files.createDirectories(temporary.resolve("untouched"));
        assertThat(images.copyDirectory(handle, "/no/such", untouched)).isFalse();
        assertThat(images.copyDirectory(handle, "/etc/passwd", untouched)).isFalse();
        assertThatThrownBy(() -> images.copyDirectory(handle, "/data", destination))
                .as("not empty")
                .isInstanceOf(ImageFailure.class);
    }

    @Test
    void collectsOnlyWhatNothingUsesAndNobodyWantedLately() throws Exception {
        ImageHandle kept =
                images.ensure(registry.push(layout("kept"), "team/kept:1"), registry.auth(), PullProgress.ignored());
        ImageRef goneRef = registry.push(layout("gone"), "team/gone:1");
        ImageHandle gone = images.ensure(goneRef, registry.auth(), PullProgress.ignored());
        assertThat(images.collector().collect(Set.of(), Duration.ofHours(1))).isEmpty();
        List<String> removed = images.collector().collect(Set.of(kept.name()), Duration.ZERO);
        assertThat(removed)
                .contains(gone.name(), registry.host() + "/team/gone:1")
                .doesNotContain(kept.name());
        assertThat(images.find(goneRef)).isEmpty();
        assertThat(images.find(ImageRef.parse(kept.name()))).contains(kept);
        assertThat(images.ensure(goneRef, registry.auth(), PullProgress.ignored()))
                .isEqualTo(gone);
    }
}
