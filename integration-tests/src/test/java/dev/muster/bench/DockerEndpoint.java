package dev.muster.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URLEncoder;
import java.util.Set;

/** A cluster behind the Docker Engine API. */
record DockerEndpoint(String name, UnixHttp http, String image) implements Endpoint {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> ENDED = Set.of("complete", "shutdown", "failed", "rejected", "orphaned");

    @Override
    public void create(String service, int replicas) throws IOException {
        ObjectNode spec = JSON.createObjectNode().put("Name", service);
        ObjectNode container =
                spec.putObject("TaskTemplate").putObject("ContainerSpec").put("Image", image);
        container.putArray("Command").add("sleep").add("1000000");
        container.putArray("Env").add("V=1");
        container.put("StopGracePeriod", 1_000_000_000L).put("StopSignal", "SIGKILL");
        spec.putObject("Mode").putObject("Replicated").put("Replicas", replicas);
        spec.putObject("UpdateConfig")
                .put("Parallelism", 10)
                .put("Monitor", 1_000_000L)
                .put("FailureAction", "pause");
        call("POST", "/services/create", spec);
    }

    private JsonNode call(String method, String path, JsonNode body) throws IOException {
        byte[] answer = http.call(method, path, "application/json", JSON.writeValueAsBytes(body));
        return answer.length == 0 ? JSON.nullNode() : JSON.readTree(answer);
    }

    private JsonNode get(String path) throws IOException {
        return JSON.readTree(http.call("GET", path, "application/json", new byte[0]));
    }

    @Override
    public void scale(String service, int replicas) throws IOException {
        change(service, spec -> ((ObjectNode) spec.at("/Mode/Replicated")).put("Replicas", replicas));
    }

    @Override
    public void update(String service, String value) throws IOException {
        change(
                service,
                spec -> ((ObjectNode) spec.at("/TaskTemplate/ContainerSpec"))
                        .putArray("Env")
                        .add("V=" + value));
    }

    private void change(String service, java.util.function.Consumer<ObjectNode> change) throws IOException {
        JsonNode current = get("/services/" + service);
        ObjectNode spec = (ObjectNode) current.get("Spec");
        change.accept(spec);
        call(
                "POST",
                "/services/" + service + "/update?version="
                        + current.at("/Version/Index").asLong(),
                spec);
    }

    @Override
    public void remove(String service) throws IOException {
        http.call("DELETE", "/services/" + service, "application/json", new byte[0]);
    }

    @Override
    public int running(String service, String value) throws IOException {
        int running = 0;
        for (JsonNode task : tasks(service)) {
            boolean current = task.at("/Spec/ContainerSpec/Env").toString().contains("\"V=" + value + "\"");
            if (current && task.at("/Status/State").asText().equals("running")) {
                running++;
            }
        }
        return running;
    }

    @Override
    public int alive(String service) throws IOException {
        int alive = 0;
        for (JsonNode task : tasks(service)) {
            alive += ENDED.contains(task.at("/Status/State").asText()) ? 0 : 1;
        }
        return alive;
    }

    private JsonNode tasks(String service) throws IOException {
        String filters = URLEncoder.encode("{\"label\":{},\"name\":{\"" + service + "\":true}}", UTF_8);
        return get("/tasks?filters=" + filters);
    }
}
