package dev.muster.node;

import dev.muster.manager.control.ImageResolver;
import dev.muster.worker.image.DigestResolver;
import dev.muster.worker.image.ImageFailure;
import dev.muster.worker.image.ImageRef;
import dev.muster.worker.image.ResolvedImage;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Lets the manager pin tags with the worker's registry client. Thread-safe. */
final class RegistryDigests implements ImageResolver, AutoCloseable {
    /** Shorter than a client waits for its request: a registry that hangs becomes a warning, not a failure. */
    private static final Duration BOUND = Duration.ofSeconds(12);

    private final DigestResolver digests;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    RegistryDigests(DigestResolver digests) {
        this.digests = digests;
    }

    @Override
    public Resolution resolve(String image, String registryAuth) {
        Future<ResolvedImage> asked = threads.submit(() -> digests.resolve(ImageRef.parse(image), registryAuth));
        try {
            ResolvedImage found = asked.get(BOUND.toMillis(), TimeUnit.MILLISECONDS);
            return new Resolved(found.ref().familiar(), found.platforms());
        } catch (TimeoutException e) {
            asked.cancel(true);
            return new Unresolved("the registry of " + image + " did not answer within " + BOUND.toSeconds() + " s");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ImageFailure failure) {
                return new Unresolved(String.valueOf(failure.getMessage()));
            }
            throw new IllegalStateException("cannot resolve " + image, e.getCause());
        } catch (InterruptedException e) {
            asked.cancel(true);
            Thread.currentThread().interrupt();
            return new Unresolved("interrupted while asking the registry of " + image);
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
