package dev.muster.worker.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.Duration;
import dev.muster.api.HealthConfig;
import dev.muster.api.Platform;
import dev.muster.worker.image.ImageFailure.Kind;
import dev.muster.worker.runtime.ImageConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads the JSON documents of an image, in Docker's and the OCI's forms, which differ in names of types only. */
final class ImageDocuments {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Far more than builders make; overlayfs takes fewer than 500. */
    private static final int LAYER_LIMIT = 400;

    private ImageDocuments() {}

    record Descriptor(String mediaType, String digest, long size) {}

    /** One entry of an index. */
    record PlatformManifest(Descriptor descriptor, Platform platform) {}

    record Manifest(Descriptor config, List<Descriptor> layers) {}

    /** @param diffIds digests of the uncompressed layers, lowest first */
    record Configuration(ImageConfig config, List<String> diffIds) {}

    /** The media type that a document is; its own word before the header's. */
    static String mediaType(RegistryRepository.Document document) {
        JsonNode json = parse(document.bytes());
        String inside = json.path("mediaType").asText();
        if (!inside.isEmpty()) {
            return inside;
        }
        if (MediaTypes.isIndex(document.mediaType()) || MediaTypes.isManifest(document.mediaType())) {
            return document.mediaType();
        }
        // The OCI's first version left the field out: the content tells.
        return json.has("manifests") ? MediaTypes.OCI_INDEX : MediaTypes.OCI_MANIFEST;
    }

    /** The images of an index; attestations and the like, which claim no real platform, are left out. */
    static List<PlatformManifest> index(byte[] bytes) {
        List<PlatformManifest> result = new ArrayList<>();
        for (JsonNode each : parse(bytes).path("manifests")) {
            Platform platform = Platform.newBuilder()
                    .setOs(each.path("platform").path("os").asText())
                    .setArchitecture(each.path("platform").path("architecture").asText())
                    .build();
            if (!platform.getOs().equals("unknown")
                    && MediaTypes.isManifest(each.path("mediaType").asText())) {
                result.add(new PlatformManifest(descriptor(each), platform));
            }
        }
        return result;
    }

    static Manifest manifest(byte[] bytes) {
        JsonNode json = parse(bytes);
        if (json.path("schemaVersion").asInt() != 2 || !json.has("config")) {
            throw new ImageFailure(
                    Kind.CORRUPT,
                    "its manifest is of an old kind that is not supported: build and push the image anew");
        }
        List<Descriptor> layers = new ArrayList<>();
        for (JsonNode each : json.path("layers")) {
            Descriptor layer = descriptor(each);
            if (!MediaTypes.isLayer(layer.mediaType())) {
                throw new ImageFailure(
                        Kind.CORRUPT, "it has a part of type " + layer.mediaType() + ", so it is no container image");
            }
            layers.add(layer);
        }
        if (layers.isEmpty() || layers.size() > LAYER_LIMIT) {
            throw new ImageFailure(
                    Kind.CORRUPT, "it has " + layers.size() + " layers; from 1 to " + LAYER_LIMIT + " can be unpacked");
        }
        return new Manifest(descriptor(json.path("config")), layers);
    }

    private static Descriptor descriptor(JsonNode json) {
        Descriptor result = new Descriptor(
                json.path("mediaType").asText(),
                json.path("digest").asText(),
                json.path("size").asLong(-1));
        if (!Digests.wellFormed(result.digest()) || result.size() < 0) {
            throw new ImageFailure(Kind.CORRUPT, "its manifest has a malformed reference: " + json);
        }
        return result;
    }

    static Configuration configuration(byte[] bytes) {
        JsonNode json = parse(bytes);
        List<String> diffIds = strings(json.path("rootfs").path("diff_ids"));
        JsonNode config = json.path("config");
        return new Configuration(
                new ImageConfig(
                        json.path("os").asText(),
                        json.path("architecture").asText(),
                        strings(config.path("Entrypoint")),
                        strings(config.path("Cmd")),
                        strings(config.path("Env")),
                        config.path("User").asText(""),
                        config.path("WorkingDir").asText(""),
                        names(config.path("ExposedPorts")),
                        names(config.path("Volumes")),
                        config.path("StopSignal").asText(""),
                        healthcheck(config.path("Healthcheck")),
                        map(config.path("Labels"))),
                diffIds);
    }

    /** Times are nanoseconds; 0 means not said. */
    private static Optional<HealthConfig> healthcheck(JsonNode json) {
        if (!json.has("Test")) {
            return Optional.empty();
        }
        HealthConfig.Builder result = HealthConfig.newBuilder()
                .addAllTest(strings(json.path("Test")))
                .setRetries(json.path("Retries").asInt());
        duration(json.path("Interval")).ifPresent(result::setInterval);
        duration(json.path("Timeout")).ifPresent(result::setTimeout);
        duration(json.path("StartPeriod")).ifPresent(result::setStartPeriod);
        duration(json.path("StartInterval")).ifPresent(result::setStartInterval);
        return Optional.of(result.build());
    }

    private static Optional<Duration> duration(JsonNode json) {
        long nanos = json.asLong();
        return nanos == 0
                ? Optional.empty()
                : Optional.of(Duration.newBuilder()
                        .setSeconds(nanos / 1_000_000_000)
                        .setNanos((int) (nanos % 1_000_000_000))
                        .build());
    }

    private static List<String> strings(JsonNode json) {
        List<String> result = new ArrayList<>();
        json.forEach(each -> result.add(each.asText()));
        return result;
    }

    private static Set<String> names(JsonNode json) {
        Set<String> result = new LinkedHashSet<>();
        json.fieldNames().forEachRemaining(result::add);
        return result;
    }

    private static Map<String, String> map(JsonNode json) {
        Map<String, String> result = new LinkedHashMap<>();
        json.properties()
                .forEach(each -> result.put(each.getKey(), each.getValue().asText()));
        return result;
    }

    private static JsonNode parse(byte[] bytes) {
        try {
            return JSON.readTree(bytes);
        } catch (IOException e) {
            throw new ImageFailure(Kind.CORRUPT, "one of its documents is not JSON", e);
        }
    }
}
