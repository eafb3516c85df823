package dev.muster.manager.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.muster.api.GetClusterRequest;
import dev.muster.api.GetConfigRequest;
import dev.muster.api.GetNetworkRequest;
import dev.muster.api.GetNodeRequest;
import dev.muster.api.GetSecretRequest;
import dev.muster.api.GetServiceRequest;
import dev.muster.api.GetTaskRequest;
import dev.muster.api.GetUnlockKeyRequest;
import dev.muster.api.ListConfigsRequest;
import dev.muster.api.ListNetworksRequest;
import dev.muster.api.ListNodesRequest;
import dev.muster.api.ListSecretsRequest;
import dev.muster.api.ListServicesRequest;
import dev.muster.api.ListTasksRequest;
import dev.muster.api.Network;
import dev.muster.api.Service;
import dev.muster.api.ServiceRevision;
import dev.muster.http.Exchange;
import dev.muster.http.HttpFailure;
import dev.muster.http.Router;
import dev.muster.manager.control.Control;
import dev.muster.manager.control.ControlFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Routes of the Docker-compatible API that show cluster objects: lists and single objects. Calls that change something are not
 * served here yet; they answer 404 like any path that does not exist.
 */
public final class ClusterRoutes {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Asked at each call: throws what the caller should hear while this node is no manager. */
    private final Supplier<Control> control;

    public ClusterRoutes(Supplier<Control> control) {
        this.control = control;
    }

    public void addTo(Router router) {
        router.add(
                "GET",
                "/swarm",
                e -> one(e, c -> ObjectJson.swarm(c.getCluster(GetClusterRequest.getDefaultInstance()))));
        router.add(
                "GET",
                "/swarm/unlockkey",
                e -> one(
                        e,
                        c -> Json.object()
                                .put(
                                        "UnlockKey",
                                        c.getUnlockKey(GetUnlockKeyRequest.getDefaultInstance())
                                                .getUnlockKey())));
        addServices(router);
        addTasks(router);
        router.add(
                "GET",
                "/nodes",
                e -> list(
                        e,
                        c -> Json.array(
                                c.listNodes(ListNodesRequest.newBuilder()
                                                .addAllFilters(DockerFilters.of(e))
                                                .build())
                                        .getNodesList(),
                                ObjectJson::node)));
        router.add(
                "GET",
                "/nodes/{id}",
                e -> one(
                        e,
                        c -> ObjectJson.node(c.getNode(
                                        GetNodeRequest.newBuilder().setId(id(e)).build())
                                .getNode())));
        router.add(
                "GET",
                "/networks",
                e -> list(
                        e,
                        c -> Json.array(
                                c.listNetworks(ListNetworksRequest.newBuilder()
                                                .addAllFilters(DockerFilters.of(e))
                                                .build())
                                        .getNetworksList(),
                                ObjectJson::network)));
        router.add(
                "GET",
                "/networks/{id}",
                e -> one(
                        e,
                        c -> ObjectJson.network(c.getNetwork(GetNetworkRequest.newBuilder()
                                        .setId(id(e))
                                        .build())
                                .getNetwork())));
        addPayloads(router);
    }

    private void addPayloads(Router router) {
        router.add(
                "GET",
                "/secrets",
                e -> list(
                        e,
                        c -> Json.array(
                                c.listSecrets(ListSecretsRequest.newBuilder()
                                                .addAllFilters(DockerFilters.of(e))
                                                .build())
                                        .getSecretsList(),
                                ObjectJson::secret)));
        router.add(
                "GET",
                "/secrets/{id}",
                e -> one(
                        e,
                        c -> ObjectJson.secret(c.getSecret(GetSecretRequest.newBuilder()
                                        .setId(id(e))
                                        .build())
                                .getSecret())));
        router.add(
                "GET",
                "/configs",
                e -> list(
                        e,
                        c -> Json.array(
                                c.listConfigs(ListConfigsRequest.newBuilder()
                                                .addAllFilters(DockerFilters.of(e))
                                                .build())
                                        .getConfigsList(),
                                ObjectJson::config)));
        router.add(
                "GET",
                "/configs/{id}",
                e -> one(
                        e,
                        c -> ObjectJson.config(c.getConfig(GetConfigRequest.newBuilder()
                                        .setId(id(e))
                                        .build())
                                .getConfig())));
    }

    private void addServices(Router router) {
        router.add(
                "GET",
                "/services",
                e -> list(e, c -> {
                    var response = c.listServices(ListServicesRequest.newBuilder()
                            .addAllFilters(DockerFilters.of(e))
                            .build());
                    boolean counts =
                            e.query("status").map(Boolean::parseBoolean).orElse(false);
                    return Json.array(
                            response.getServicesList(),
                            s -> ObjectJson.service(
                                    s,
                                    counts
                                            ? Optional.ofNullable(
                                                    response.getCountsMap().get(s.getId()))
                                            : Optional.empty()));
                }));
        router.add(
                "GET",
                "/services/{id}",
                e -> one(e, c -> {
                    Service service = c.getService(
                                    GetServiceRequest.newBuilder().setId(id(e)).build())
                            .getService();
                    boolean defaults =
                            e.query("insertDefaults").map(Boolean::parseBoolean).orElse(false);
                    return ObjectJson.service(defaults ? SpecDefaults.fill(service) : service, Optional.empty());
                }));
    }

    private void addTasks(Router router) {
        router.add(
                "GET",
                "/tasks",
                e -> list(e, c -> {
                    var response = c.listTasks(ListTasksRequest.newBuilder()
                            .addAllFilters(DockerFilters.of(e))
                            .build());
                    var networks = networks(c);
                    return Json.array(
                            response.getTasksList(),
                            t -> ObjectJson.task(
                                    t,
                                    response.getRevisionsOrDefault(
                                            t.getServiceId() + "." + t.getRevision(),
                                            ServiceRevision.getDefaultInstance()),
                                    networks));
                }));
        router.add(
                "GET",
                "/tasks/{id}",
                e -> one(e, c -> {
                    var response =
                            c.getTask(GetTaskRequest.newBuilder().setId(id(e)).build());
                    return ObjectJson.task(response.getTask(), response.getRevision(), networks(c));
                }));
    }

    private static Function<String, Optional<Network>> networks(Control control) {
        Map<String, Network> byId =
                control.listNetworks(ListNetworksRequest.getDefaultInstance()).getNetworksList().stream()
                        .collect(Collectors.toMap(Network::getId, Function.identity()));
        return id -> Optional.ofNullable(byId.get(id));
    }

    private static String id(Exchange exchange) {
        return exchange.pathParameter("id");
    }

    private void one(Exchange exchange, Function<Control, Json> read) throws IOException {
        answer(exchange, asked(c -> read.apply(c).node()));
    }

    private void list(Exchange exchange, Function<Control, ArrayNode> read) throws IOException {
        answer(exchange, asked(read));
    }

    private <R> R asked(Function<Control, R> read) {
        try {
            return read.apply(control.get());
        } catch (ControlFailure failure) {
            throw new HttpFailure(failure.code().httpStatus(), failure.text());
        }
    }

    private static void answer(Exchange exchange, JsonNode body) throws IOException {
        byte[] bytes;
        try {
            bytes = JSON.writeValueAsBytes(body);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
        exchange.respond(200, "application/json", bytes);
    }
}
