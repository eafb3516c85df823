package dev.muster.worker.image;

import dev.muster.containerd.snapshots.RemoveSnapshotRequest;
import dev.muster.containerd.snapshots.ViewSnapshotRequest;
import dev.muster.containerd.types.Mount;
import dev.muster.worker.image.ImageFailure.Kind;
import dev.muster.worker.mount.MountFailure;
import dev.muster.worker.mount.Mounts;
import dev.muster.worker.runtime.RuntimeFailure;
import dev.muster.worker.runtime.containerd.ContainerdClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** Mounts an image's file system for reading, to copy from it. */
final class ImageFileSystems {

    private static final long COPY_LIMIT_MINUTES = 30;

    private final ContainerdClient client;
    private final Path workDir;
    private final RandomGenerator random;

    ImageFileSystems(ContainerdClient client, Path workDir, RandomGenerator random) {
        this.client = client;
        this.workDir = workDir;
        this.random = random;
    }

    boolean copyDirectory(String chainId, String path, Path destination) {
        String key = "muster-copy-" + HexFormat.of().toHexDigits(random.nextLong());
        Path root = workDir.resolve(key);
        try {
            List<Mount> mounts = client.call(
                    "open file system " + chainId,
                    () -> client.snapshots()
                            .view(ViewSnapshotRequest.newBuilder()
                                    .setSnapshotter(LayerStack.SNAPSHOTTER)
                                    .setKey(key)
                                    .setParent(chainId)
                                    .putLabels("containerd.io/gc.root", Instant.EPOCH.toString())
                                    .build())
                            .getMountsList());
            Files.createDirectories(root);
            mount(mounts.getFirst(), root);
            Path source = resolve(root, path);
            if (!Files.isDirectory(source, LinkOption.NOFOLLOW_LINKS)) {
                return false;
            }
            copy(source, destination);
            return true;
        } catch (IOException | MountFailure e) {
            throw new ImageFailure(
                    Kind.LOCAL, "cannot copy " + path + " of an image to " + destination + ": " + e.getMessage(), e);
        } catch (RuntimeFailure e) {
            throw new ImageFailure(Kind.LOCAL, e.getMessage(), e);
        } finally {
            release(key, root);
        }
    }

    private static void mount(Mount mount, Path root) {
        if (mount.getType().equals("bind")) {
            Mounts.mount(mount.getSource(), root, "none", Mounts.BIND, "");
            return;
        }
        List<String> options = mount.getOptionsList().stream()
                .filter(each -> !each.equals("ro"))
                .toList();
        Mounts.mount(mount.getSource(), root, mount.getType(), Mounts.READ_ONLY, String.join(",", options));
    }

    /** Follows no link out of the image: each part is looked up below the root. */
    private static Path resolve(Path root, String path) throws IOException {
        Path current = root;
        for (Path part : Path.of(path).normalize()) {
            current = current.resolve(part);
            for (int links = 0; links < 8 && Files.isSymbolicLink(current); links++) {
                Path target = Files.readSymbolicLink(current);
                Path inImage = target.isAbsolute()
                        ? root.resolve(target.toString().substring(1))
                        : current.resolveSibling(target);
                current = inImage.normalize();
                if (!current.startsWith(root)) {
                    throw new IOException("link " + part + " leads out of the image");
                }
            }
        }
        return current;
    }

    /** By cp, which knows owners, times, links, sparse files and extended attributes. */
    private static void copy(Path source, Path destination) throws IOException {
        try (Stream<Path> present = Files.list(destination)) {
            if (present.findAny().isPresent()) {
                throw new IOException(destination + " is not empty");
            }
        }
        Process cp = new ProcessBuilder(
                        "cp", "--archive", "--no-target-directory", source.toString(), destination.toString())
                .redirectErrorStream(true)
                .start();
        String words = new String(cp.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (!cp.waitFor(COPY_LIMIT_MINUTES, TimeUnit.MINUTES) || cp.exitValue() != 0) {
                cp.destroyForcibly();
                throw new IOException("cp: " + words.strip());
            }
        } catch (InterruptedException e) {
            cp.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private void release(String key, Path root) {
        try {
            if (Files.exists(root)) {
                Mounts.unmount(root);
                Files.delete(root);
            }
            client.callUnlessGone(
                    "close file system " + key,
                    () -> client.snapshots()
                            .remove(RemoveSnapshotRequest.newBuilder()
                                    .setSnapshotter(LayerStack.SNAPSHOTTER)
                                    .setKey(key)
                                    .build()));
        } catch (IOException | MountFailure | RuntimeFailure e) {
            System.getLogger(ImageFileSystems.class.getName())
                    .log(System.Logger.Level.WARNING, "cannot release " + root + ": " + e.getMessage());
        }
    }
}
