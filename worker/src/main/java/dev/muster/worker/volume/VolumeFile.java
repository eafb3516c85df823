package dev.muster.worker.volume;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What is remembered of a volume beside its content: {@code opts.json}, written last when a volume is made. */
final class VolumeFile {
    private static final String NAME = "opts.json";
    private static final ObjectMapper JSON = JsonMapper.builder().build();

    private VolumeFile() {}

    static Optional<Volume> read(Path directory) {
        var file = directory.resolve(NAME);
        try {
            var root = JSON.readTree(Files.readAllBytes(file));
            return Optional.of(new Volume(
                    directory.getFileName().toString(),
                    map(root.path("options")),
                    map(root.path("labels")),
                    Instant.parse(root.path("createdAt").asText()),
                    root.path("anonymous").asBoolean(),
                    directory.resolve("_data")));
        } catch (NoSuchFileException | NotDirectoryException e) {
            return Optional.empty();
        } catch (IOException | RuntimeException e) {
            throw new VolumeFailure(
                    VolumeFailure.Kind.INVALID,
                    "volume " + directory.getFileName() + " cannot be read: " + file + " is damaged (" + e.getMessage()
                            + "). Its content is in " + directory.resolve("_data"),
                    e);
        }
    }

    static void write(Path directory, Volume volume) throws IOException {
        var root = JSON.createObjectNode();
        root.put("driver", Volume.DRIVER);
        root.put("createdAt", volume.createdAt().toString());
        root.put("anonymous", volume.anonymous());
        root.set("options", JSON.valueToTree(volume.options()));
        root.set("labels", JSON.valueToTree(volume.labels()));
        var beside = directory.resolve(NAME + ".new");
        Files.write(beside, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(root));
        Files.move(
                beside, directory.resolve(NAME), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static Map<String, String> map(JsonNode node) {
        var map = new TreeMap<String, String>();
        node.properties()
                .forEach(entry -> map.put(entry.getKey(), entry.getValue().asText()));
        return map;
    }
}
