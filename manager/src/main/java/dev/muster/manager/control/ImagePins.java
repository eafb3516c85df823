package dev.muster.manager.control;

import dev.muster.api.ServiceSpec;
import dev.muster.manager.control.ImageResolver.Resolved;
import dev.muster.manager.control.ImageResolver.Unresolved;
import java.util.Optional;

/** Pins a service's image to the digest its tag stands for, so that all replicas run the same bytes. */
final class ImagePins {
    /** @param warning for the user, if the image could not be pinned */
    record Pinned(ServiceSpec spec, Optional<String> warning) {}

    private final ImageResolver resolver;

    ImagePins(ImageResolver resolver) {
        this.resolver = resolver;
    }

    /** The same spec with its image pinned; an image that has a digest already is left alone. */
    Pinned pin(ServiceSpec spec, String registryAuth) {
        var image = spec.getTask().getContainer().getImage();
        if (ImageNames.pinned(image)) {
            return new Pinned(spec, Optional.empty());
        }
        return switch (resolver.resolve(image, registryAuth)) {
            case Resolved resolved -> {
                var pinned = spec.toBuilder();
                pinned.getTaskBuilder().getContainerBuilder().setImage(resolved.pinned());
                if (spec.getTask().getPlacement().getPlatformsCount() == 0
                        && !resolved.platforms().isEmpty()) {
                    pinned.getTaskBuilder().getPlacementBuilder().addAllPlatforms(resolved.platforms());
                }
                yield new Pinned(pinned.build(), Optional.empty());
            }
            case Unresolved unresolved -> new Pinned(spec, Optional.of(warning(image, unresolved.reason())));
        };
    }

    private static String warning(String image, String reason) {
        return "image " + image + " could not be accessed on a registry to record its digest. Each node will access "
                + image + " independently, possibly leading to different nodes running different versions of the image."
                + (reason.isEmpty() ? "" : " Reason: " + reason);
    }
}
