package dev.muster.worker.image;

import dev.muster.api.Platform;
import dev.muster.worker.image.RegistryRepository.Document;
import dev.muster.worker.runtime.ImageConfig;
import java.util.List;

/**
 * Asks a registry which bytes a reference means, so that all replicas run the same. Thread safe; needs no container
 * runtime.
 */
public final class DigestResolver {

    private final RegistryClient registries;

    public DigestResolver(RegistryClient registries) {
        this.registries = registries;
    }

    /**
     * Pins a reference to a digest.
     *
     * @param registryAuth an X-Registry-Auth value, or ""
     * @throws ImageFailure if the registry cannot say
     */
    public ResolvedImage resolve(ImageRef ref, String registryAuth) throws InterruptedException {
        RegistryRepository registry = registries.open(ref, registryAuth);
        Document document = registry.manifest(ref.reference());
        String digest = ref.digest().orElse(document.digest());
        return new ResolvedImage(ref.withDigest(digest), platforms(registry, document));
    }

    private static List<Platform> platforms(RegistryRepository registry, Document document)
            throws InterruptedException {
        if (MediaTypes.isIndex(ImageDocuments.mediaType(document))) {
            return ImageDocuments.index(document.bytes()).stream()
                    .map(ImageDocuments.PlatformManifest::platform)
                    .toList();
        }
        ImageDocuments.Descriptor config =
                ImageDocuments.manifest(document.bytes()).config();
        ImageConfig image = ImageDocuments.configuration(registry.smallBlob(config.digest(), config.size()))
                .config();
        return List.of(Platform.newBuilder()
                .setOs(image.os())
                .setArchitecture(image.architecture())
                .build());
    }
}
