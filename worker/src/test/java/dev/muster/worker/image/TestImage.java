package dev.muster.worker.image;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** Builds small images from this machine's static busybox, as OCI layouts that skopeo can push. */
public final class TestImage {

    private static final ObjectMapper JSON = new ObjectMapper();
    public static final Path BUSYBOX = Path.of("/usr/bin/busybox");

    private final Path work;
    private final List<byte[]> layers = new ArrayList<>();
    private final ObjectNode config = JsonNodeFactory.instance.objectNode();

    /** @param work an existing directory for trees on the way */
    public TestImage(Path work) {
        this.work = work;
        config.putArray("Env").add("PATH=/bin");
        config.putArray("Cmd").add("sleep").add("1000000");
    }

    /** busybox with links for its applets, users, and a directory /data that belongs to user app. */
    public static TestImage busybox(Path work) throws IOException {
        Path tree = Files.createDirectories(work.resolve("tree-" + System.identityHashCode(new Object())));
        Files.createDirectories(tree.resolve("bin"));
        Files.copy(BUSYBOX, tree.resolve("bin/busybox"));
        for (String applet : List.of(
                "sh",
                "sleep",
                "cat",
                "echo",
                "id",
                "env",
                "ls",
                "mount",
                "unshare",
                "head",
                "yes",
                "true",
                "false",
                "dd",
                "stat",
                "grep",
                "seq",
                "printf",
                "hostname",
                "touch",
                "kill",
                "wget",
                "usleep")) {
            Files.createSymbolicLink(tree.resolve("bin/" + applet), Path.of("busybox"));
        }
        Files.createDirectories(tree.resolve("etc"));
        Files.writeString(
                tree.resolve("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n");
        Files.writeString(tree.resolve("etc/group"), "root:x:0:\napp:x:1000:\nextra:x:2000:app\n");
        Files.createDirectories(tree.resolve("tmp"));
        Files.setPosixFilePermissions(tree.resolve("tmp"), PosixFilePermissions.fromString("rwxrwxrwx"));
        TestImage image = new TestImage(work).layer(tree);
        Path data = Files.createDirectories(work.resolve("data-" + System.identityHashCode(new Object())));
        Files.createDirectories(data.resolve("data"));
        Files.writeString(data.resolve("data/hello"), "from the image\n");
        Files.setAttribute(data.resolve("data"), "unix:uid", 1000);
        Files.setAttribute(data.resolve("data/hello"), "unix:uid", 1000);
        return image.layer(data);
    }

    public ObjectNode config() {
        return config;
    }

    public TestImage layer(Path tree) throws IOException {
        Process tar = new ProcessBuilder(
                        "tar", "--create", "--numeric-owner", "--file", "-", "-C", tree.toString(), ".")
                .start();
        try (InputStream out = tar.getInputStream()) {
            layers.add(out.readAllBytes());
        }
        return this;
    }

    /** Writes the layout and returns its directory, as in "oci:DIRECTORY". */
    public Path write(String name) throws IOException {
        Path directory = work.resolve(name);
        Files.createDirectories(directory.resolve("blobs/sha256"));
        Files.writeString(directory.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
        ObjectNode index = JsonNodeFactory.instance.objectNode();
        index.put("schemaVersion", 2);
        index.putArray("manifests").add(manifest(directory, "amd64"));
        Files.write(directory.resolve("index.json"), JSON.writeValueAsBytes(index));
        return directory;
    }

    /**
     * Like {@link #write}, but the image is an index of several platforms, whose images differ in their platform only.
     */
    public Path writeIndex(String name, List<String> architectures) throws IOException {
        Path directory = work.resolve(name);
        Files.createDirectories(directory.resolve("blobs/sha256"));
        Files.writeString(directory.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
        ObjectNode inner = JsonNodeFactory.instance.objectNode();
        inner.put("schemaVersion", 2).put("mediaType", MediaTypes.OCI_INDEX);
        for (String architecture : architectures) {
            ObjectNode entry = manifest(directory, architecture);
            entry.putObject("platform").put("os", "linux").put("architecture", architecture);
            inner.withArray("manifests").add(entry);
        }
        ObjectNode index = JsonNodeFactory.instance.objectNode();
        index.put("schemaVersion", 2);
        index.putArray("manifests").add(blob(directory, MediaTypes.OCI_INDEX, JSON.writeValueAsBytes(inner)));
        Files.write(directory.resolve("index.json"), JSON.writeValueAsBytes(index));
        return directory;
    }

    private ObjectNode manifest(Path directory, String architecture) throws IOException {
        ObjectNode configuration = JsonNodeFactory.instance.objectNode();
        configuration.put("os", "linux").put("architecture", architecture);
        configuration.set("config", config);
        ObjectNode rootfs = configuration.putObject("rootfs").put("type", "layers");
        for (byte[] layer : layers) {
            rootfs.withArray("diff_ids").add(Digests.of(layer, "sha256"));
        }
        ObjectNode manifest = JsonNodeFactory.instance.objectNode();
        manifest.put("schemaVersion", 2).put("mediaType", MediaTypes.OCI_MANIFEST);
        manifest.set(
                "config",
                blob(directory, "application/vnd.oci.image.config.v1+json", JSON.writeValueAsBytes(configuration)));
        for (byte[] layer : layers) {
            ByteArrayOutputStream compressed = new ByteArrayOutputStream();
            try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
                gzip.write(layer);
            }
            manifest.withArray("layers").add(blob(directory, MediaTypes.OCI_LAYER + "+gzip", compressed.toByteArray()));
        }
        return blob(directory, MediaTypes.OCI_MANIFEST, JSON.writeValueAsBytes(manifest));
    }

    private static ObjectNode blob(Path directory, String mediaType, byte[] bytes) throws IOException {
        String digest = Digests.of(bytes, "sha256");
        Files.write(directory.resolve("blobs/sha256/" + digest.substring("sha256:".length())), bytes);
        return JsonNodeFactory.instance
                .objectNode()
                .put("mediaType", mediaType)
                .put("digest", digest)
                .put("size", bytes.length);
    }

    /** The digest that {@link #write} or {@link #writeIndex} gave the image. */
    public static String digest(Path layout) throws IOException {
        return JSON.readTree(Files.readString(layout.resolve("index.json"), StandardCharsets.UTF_8))
                .at("/manifests/0/digest")
                .asText();
    }
}
