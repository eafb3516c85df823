package dev.muster.stack.convert;

import dev.muster.api.Annotations;
import dev.muster.api.Driver;
import dev.muster.stack.document.Value;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A stack's name, and what it gives to the objects of the stack: their names and their label. */
public record Namespace(String name) {

    /** On every object of a stack. */
    public static final String LABEL = "com.docker.stack.namespace";

    /** On services: the image as the stack file writes it. */
    public static final String IMAGE_LABEL = "com.docker.stack.image";

    /** {@code STACK_name}. */
    public String scope(String local) {
        return name + "_" + local;
    }

    /** The entry's own name if it has one, else the scoped one. */
    String nameOf(String local, Value.Mapping entry) {
        return entry.text("name").isEmpty() ? scope(local) : entry.text("name");
    }

    Annotations annotations(String local, Value.Mapping entry) {
        return Annotations.newBuilder()
                .setName(nameOf(local, entry))
                .putAllLabels(labels(entry))
                .build();
    }

    /** The entry's labels and the stack's. */
    Map<String, String> labels(Value.Mapping entry) {
        Map<String, String> labels = new LinkedHashMap<>(texts(entry.mapping("labels")));
        labels.put(LABEL, name);
        return labels;
    }

    static Map<String, String> texts(Optional<Value.Mapping> mapping) {
        Map<String, String> texts = new LinkedHashMap<>();
        mapping.ifPresent(some -> some.fields().keySet().forEach(key -> texts.put(key, some.text(key))));
        return texts;
    }

    /** Nothing if the entry names neither a driver nor options. */
    static Optional<Driver> driver(Value.Mapping entry, String name, String options) {
        Map<String, String> chosen = texts(entry.mapping(options));
        if (entry.text(name).isEmpty() && chosen.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(Driver.newBuilder()
                .setName(entry.text(name))
                .putAllOptions(chosen)
                .build());
    }
}
