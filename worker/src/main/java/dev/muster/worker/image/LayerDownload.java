package dev.muster.worker.image;

import dev.muster.worker.image.ImageDocuments.Descriptor;
import dev.muster.worker.image.ImageFailure.Kind;
import dev.muster.worker.image.PullProgress.Phase;
import dev.muster.worker.image.RegistryRepository.BlobStream;
import dev.muster.worker.runtime.RuntimeFailure;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Brings one layer's blob from a registry into containerd's store. A broken connection is taken up where it broke, a
 * few times; one that stands still is broken by us.
 */
final class LayerDownload {

    private static final int ATTEMPTS = 5;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(300);
    private static final Duration STALL_LIMIT = Duration.ofSeconds(45);

    private final ContentStore store;
    private final RegistryRepository registry;
    private final Descriptor layer;
    private final String lease;
    private final PullProgress progress;
    private final AtomicLong done = new AtomicLong();

    LayerDownload(
            ContentStore store, RegistryRepository registry, Descriptor layer, String lease, PullProgress progress) {
        this.store = store;
        this.registry = registry;
        this.layer = layer;
        this.lease = lease;
        this.progress = progress;
    }

    void run() throws InterruptedException {
        Duration pause = FIRST_PAUSE;
        for (int attempt = 1; ; attempt++) {
            try {
                attempt();
                progress.layer(layer.digest(), Phase.DOWNLOADED, layer.size(), layer.size());
                return;
            } catch (IOException e) {
                if (attempt == ATTEMPTS) {
                    throw new ImageFailure(
                            Kind.UNREACHABLE,
                            "the download of layer " + layer.digest() + " broke " + ATTEMPTS + " times: "
                                    + e.getMessage(),
                            e);
                }
            } catch (ImageFailure | RuntimeFailure e) {
                boolean temporary =
                        e instanceof ImageFailure image ? image.temporary() : ((RuntimeFailure) e).temporary();
                if (attempt == ATTEMPTS || !temporary) {
                    throw e;
                }
            }
            LockSupport.parkNanos(pause.toNanos());
            if (Thread.interrupted()) {
                throw new InterruptedException("while downloading layer " + layer.digest());
            }
            pause = pause.multipliedBy(2);
        }
    }

    private void attempt() throws IOException, InterruptedException {
        try (ContentStore.Writer writer = store.open(layer.digest(), layer.size(), lease)) {
            if (!writer.complete() && writer.offset() < layer.size()) {
                copy(writer);
            }
            if (!writer.complete() && writer.offset() < layer.size()) {
                throw new IOException("the registry sent " + writer.offset() + " of " + layer.size() + " bytes");
            }
            writer.commit(Map.of());
        }
    }

    private void copy(ContentStore.Writer writer) throws IOException, InterruptedException {
        BlobStream stream = registry.blob(layer.digest(), writer.offset());
        try (InputStream body = stream.body()) {
            // A registry without ranges begins at the beginning.
            body.skipNBytes(writer.offset() - stream.offset());
            done.set(writer.offset());
            Thread guard = Thread.ofVirtual().name("stall-guard").start(() -> breakWhenStalled(body));
            try {
                writer.append(body, bytes -> {
                    done.set(bytes);
                    progress.layer(layer.digest(), Phase.DOWNLOADING, bytes, layer.size());
                });
            } finally {
                guard.interrupt();
            }
        }
    }

    /** The JDK's client has no time limit for bodies; closing the body ends a read that waits. */
    private void breakWhenStalled(InputStream body) {
        while (true) {
            long before = done.get();
            LockSupport.parkNanos(STALL_LIMIT.toNanos());
            if (Thread.interrupted()) {
                return;
            }
            if (done.get() == before) {
                try {
                    body.close();
                } catch (IOException e) {
                    // Closing was to break it; broken in another way is as good.
                }
                return;
            }
        }
    }
}
