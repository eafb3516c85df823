package dev.muster.manager.control;

import dev.muster.api.ApplyStackRequest;
import dev.muster.api.ApplyStackRequest.ResolveImage;
import dev.muster.api.Service;
import dev.muster.api.ServiceSpec;
import dev.muster.manager.state.ClusterState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Decides which image each service of a stack runs, asking registries as the request says: each image once, all of them
 * at the same time. A service whose image is as it was deployed keeps its digest when the registry cannot be asked:
 * an outage of the registry restarts nothing.
 */
final class StackImages {
    /** The label in which a stack's service keeps its image as the stack file has it. */
    static final String IMAGE_LABEL = "com.docker.stack.image";

    /**
     * @param services with credentials and pinned images, in the request's order
     * @param warnings for the user
     */
    record Decided(List<ServiceSpec> services, List<String> warnings) {}

    private record Question(String image, String auth) {}

    private final ImagePins pins;

    StackImages(ImagePins pins) {
        this.pins = pins;
    }

    Decided decide(ClusterState state, ApplyStackRequest request) {
        var services = new ArrayList<ServiceSpec>();
        var answers = new LinkedHashMap<Question, Future<ImagePins.Pinned>>();
        var warnings = new ArrayList<String>();
        try (var registries = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var spec : request.getStack().getServicesList()) {
                var deployed = state.serviceNamed(spec.getAnnotations().getName());
                var authorized = Services.withAuth(spec, auth(spec, deployed, request.getRegistryAuthsMap()));
                services.add(authorized);
                if (asks(request.getResolveImage(), spec, deployed)) {
                    answers.computeIfAbsent(
                            question(authorized),
                            question -> registries.submit(() -> pins.pin(authorized, question.auth())));
                }
            }
            for (var i = 0; i < services.size(); i++) {
                var spec = services.get(i);
                var deployed = state.serviceNamed(spec.getAnnotations().getName());
                if (asks(request.getResolveImage(), spec, deployed)) {
                    var pinned = answer(answers.get(question(spec)));
                    pinned.warning()
                            .filter(warning -> !warnings.contains(warning))
                            .ifPresent(warnings::add);
                    services.set(
                            i, pinned.warning().isPresent() ? asDeployed(spec, deployed) : pinnedLike(spec, pinned));
                } else if (request.getResolveImage() == ResolveImage.CHANGED) {
                    services.set(i, asDeployed(spec, deployed));
                }
            }
        }
        return new Decided(services, warnings);
    }

    private static boolean asks(ResolveImage when, ServiceSpec spec, Optional<Service> deployed) {
        return switch (when) {
            case ALWAYS -> true;
            case CHANGED -> deployed.filter(service -> sameImage(spec, service)).isEmpty();
            case NEVER -> false;
            case UNRECOGNIZED -> throw ControlFailure.invalid("unknown choice of when to resolve images");
        };
    }

    private static boolean sameImage(ServiceSpec spec, Service deployed) {
        return written(spec).equals(written(deployed.getSpec()));
    }

    /** The image as the stack file has it. */
    private static String written(ServiceSpec spec) {
        var image = spec.getTask().getContainer().getImage();
        return spec.getAnnotations().getLabelsOrDefault(IMAGE_LABEL, image);
    }

    private static Question question(ServiceSpec spec) {
        return new Question(spec.getTask().getContainer().getImage(), Services.auth(spec));
    }

    private static String auth(ServiceSpec spec, Optional<Service> deployed, Map<String, String> auths) {
        var registry = ImageNames.registry(spec.getTask().getContainer().getImage());
        var given = auths.get(registry);
        return given != null
                ? given
                : deployed.map(service -> Services.auth(service.getSpec())).orElse("");
    }

    /** With the digest that the service runs now, if it was deployed from the same image. */
    private static ServiceSpec asDeployed(ServiceSpec spec, Optional<Service> deployed) {
        return deployed.filter(service -> sameImage(spec, service))
                .map(service -> withImage(spec, service.getSpec()))
                .orElse(spec);
    }

    private static ServiceSpec pinnedLike(ServiceSpec spec, ImagePins.Pinned pinned) {
        return withImage(spec, pinned.spec());
    }

    private static ServiceSpec withImage(ServiceSpec spec, ServiceSpec from) {
        var changed = spec.toBuilder();
        changed.getTaskBuilder()
                .getContainerBuilder()
                .setImage(from.getTask().getContainer().getImage());
        if (spec.getTask().getPlacement().getPlatformsCount() == 0
                && from.getTask().getPlacement().getPlatformsCount() > 0) {
            changed.getTaskBuilder()
                    .getPlacementBuilder()
                    .addAllPlatforms(from.getTask().getPlacement().getPlatformsList());
        }
        return changed.build();
    }

    private static ImagePins.Pinned answer(Future<ImagePins.Pinned> pinned) {
        try {
            return pinned.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("resolving an image failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw ControlFailure.unavailable("interrupted while resolving images");
        }
    }
}
