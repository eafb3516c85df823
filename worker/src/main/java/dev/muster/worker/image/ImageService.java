package dev.muster.worker.image;

import dev.muster.worker.runtime.ImageHandle;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The images of this node. Boundary; methods block, may be called from any thread, and throw {@link ImageFailure}.
 */
public interface ImageService extends AutoCloseable {

    /**
     * Makes the image present and unpacked. Named by a digest that is present, the network is not touched. Named by a
     * tag, the registry says what the tag means now; when the registry cannot be asked, what is present under that name
     * is used. Several callers for the same image share one pull.
     *
     * @param registryAuth the X-Registry-Auth value that came with the service, or ""; sent to the image's own registry
     *     only
     */
    ImageHandle ensure(ImageRef ref, String registryAuth, PullProgress progress) throws InterruptedException;

    /** The image if it is present and unpacked, without asking any registry. */
    Optional<ImageHandle> find(ImageRef ref);

    /**
     * Copies what the image holds below {@code path} into an existing empty directory, with owners, modes and the
     * directory's own owner and mode, as Docker fills a new volume. False if the image holds no directory there.
     */
    boolean copyDirectory(ImageHandle image, String path, Path destination);

    @Override
    void close();
}
