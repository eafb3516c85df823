package dev.muster.manager.control;

import dev.muster.api.Platform;
import java.util.List;

/**
 * Asks an image's registry which digest its tag stands for now. A boundary: the daemon gives the worker's registry
 * client; tests give a map. Blocks, with a bound of its own.
 */
@FunctionalInterface
public interface ImageResolver {
    /**
     * The image's digest, if its registry tells.
     *
     * @param image as the spec names it
     * @param registryAuth the X-Registry-Auth form of the credentials; empty: anonymous
     */
    Resolution resolve(String image, String registryAuth);

    sealed interface Resolution {}

    /**
     * The registry told.
     *
     * @param pinned the image with its digest: {@code nginx:alpine@sha256:…}
     * @param platforms what it was built for; empty if not known
     */
    record Resolved(String pinned, List<Platform> platforms) implements Resolution {
        public Resolved {
            platforms = List.copyOf(platforms);
        }
    }

    /** The registry did not tell: the image is used by its tag, and each node that cannot get it says so. */
    record Unresolved(String reason) implements Resolution {}
}
