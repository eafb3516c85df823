package dev.muster.worker.task;

import dev.muster.worker.image.ImageFailure;
import dev.muster.worker.image.ImageRef;
import dev.muster.worker.image.ImageService;
import dev.muster.worker.image.PullProgress;
import dev.muster.worker.runtime.ImageConfig;
import dev.muster.worker.runtime.ImageHandle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** Images by name: some are there, some fail, some never come. */
public final class FakeImages implements ImageService {
    private final Map<String, ImageConfig> present = new ConcurrentHashMap<>();
    private final Map<String, ImageFailure> failing = new ConcurrentHashMap<>();
    private final CountDownLatch never = new CountDownLatch(1);
    final List<String> auths = new CopyOnWriteArrayList<>();
    final CountDownLatch hanging = new CountDownLatch(1);

    public static ImageConfig config() {
        return new ImageConfig(
                "linux",
                "amd64",
                List.of(),
                List.of("sh", "-c", "trap x; sleep 1000"),
                List.of("PATH=/bin"),
                "",
                "",
                Set.of(),
                Set.of(),
                "",
                Optional.empty(),
                Map.of());
    }

    public void add(String name, ImageConfig config) {
        present.put(ImageRef.parse(name).toString(), config);
    }

    public void fail(String name, ImageFailure failure) {
        failing.put(ImageRef.parse(name).toString(), failure);
    }

    public void heal(String name) {
        failing.remove(ImageRef.parse(name).toString());
    }

    @Override
    public ImageHandle ensure(ImageRef ref, String registryAuth, PullProgress progress) throws InterruptedException {
        auths.add(registryAuth);
        var name = ref.toString();
        if (ref.repository().endsWith("hangs")) {
            hanging.countDown();
            never.await();
        }
        var failure = failing.get(name);
        if (failure != null) {
            throw failure;
        }
        return find(ref).orElseThrow(() -> new ImageFailure(ImageFailure.Kind.NOT_FOUND, "No such image: " + name));
    }

    @Override
    public Optional<ImageHandle> find(ImageRef ref) {
        var name = ref.toString();
        return Optional.ofNullable(present.get(name))
                .map(config -> new ImageHandle(name, "sha256:" + "a".repeat(64), "sha256:" + "b".repeat(64), config));
    }

    @Override
    public boolean copyDirectory(ImageHandle image, String path, Path destination) {
        try {
            Files.writeString(destination.resolve("from-image"), path);
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {}
}
