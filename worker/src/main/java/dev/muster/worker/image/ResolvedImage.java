package dev.muster.worker.image;

import dev.muster.api.Platform;
import java.util.List;

/**
 * What a reference means now.
 *
 * @param ref with its digest
 * @param platforms that the image has variants for
 */
public record ResolvedImage(ImageRef ref, List<Platform> platforms) {
    public ResolvedImage {
        platforms = List.copyOf(platforms);
    }
}
