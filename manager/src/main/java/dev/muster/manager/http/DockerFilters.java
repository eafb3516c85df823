package dev.muster.manager.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.muster.api.Filter;
import dev.muster.http.Exchange;
import dev.muster.http.HttpFailure;
import java.util.ArrayList;
import java.util.List;

/** The {@code filters} query value: a JSON object of {@code key → {value: true}}, or of {@code key → [value]} from older clients. */
final class DockerFilters {
    private static final ObjectMapper JSON = new ObjectMapper();

    private DockerFilters() {}

    /** @throws HttpFailure 400 when it is not such an object */
    static List<Filter> of(Exchange exchange) {
        String text = exchange.query("filters").orElse("");
        if (text.isEmpty()) {
            return List.of();
        }
        List<Filter> filters = new ArrayList<>();
        for (var entry : parse(text).properties()) {
            Filter.Builder filter = Filter.newBuilder().setKey(entry.getKey());
            JsonNode values = entry.getValue();
            if (values.isObject()) {
                values.properties().forEach(v -> {
                    if (v.getValue().asBoolean()) {
                        filter.addValues(v.getKey());
                    }
                });
            } else if (values.isArray()) {
                values.forEach(v -> filter.addValues(v.asText()));
            } else {
                throw new HttpFailure(400, "invalid filter: '" + entry.getKey() + "' has neither an object nor a list");
            }
            filters.add(filter.build());
        }
        return filters;
    }

    private static JsonNode parse(String text) {
        try {
            JsonNode parsed = JSON.readTree(text);
            if (parsed.isObject()) {
                return parsed;
            }
        } catch (JsonProcessingException e) {
            throw new HttpFailure(400, "invalid filter: " + e.getOriginalMessage());
        }
        throw new HttpFailure(400, "invalid filter: not a JSON object");
    }
}
