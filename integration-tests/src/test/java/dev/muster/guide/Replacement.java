package dev.muster.guide;

import com.fasterxml.jackson.databind.JsonNode;
import dev.muster.cluster.TaskView;
import dev.muster.cluster.TestCluster;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What an update did in one slot of a service, by the API's time stamps.
 *
 * @param ended when the old task had ended
 * @param created when the new task was made
 * @param started when the new task ran
 */
record Replacement(long slot, Instant ended, Instant created, Instant started) {
    /** The replacements by running tasks of an image, in the order in which they were begun. */
    static List<Replacement> by(TestCluster cluster, String service, String image) {
        Map<Long, JsonNode> old = new HashMap<>();
        Map<Long, JsonNode> current = new HashMap<>();
        for (JsonNode task : TaskView.api(cluster, "/tasks?filters={\"service\":[\"" + service + "\"]}")) {
            long slot = task.path("Slot").asLong();
            if (!task.at("/Spec/ContainerSpec/Image").asText().startsWith(image)) {
                old.merge(slot, task, (a, b) -> timestamp(a).isAfter(timestamp(b)) ? a : b);
            } else if (task.at("/Status/State").asText().equals("running")) {
                current.put(slot, task);
            }
        }
        List<Replacement> all = new ArrayList<>();
        current.forEach((slot, task) -> {
            JsonNode before = old.get(slot);
            if (before != null) {
                all.add(new Replacement(
                        slot,
                        timestamp(before),
                        Instant.parse(task.path("CreatedAt").asText()),
                        timestamp(task)));
            }
        });
        all.sort(Comparator.comparing(Replacement::created));
        return all;
    }

    private static Instant timestamp(JsonNode task) {
        return Instant.parse(task.at("/Status/Timestamp").asText());
    }
}
