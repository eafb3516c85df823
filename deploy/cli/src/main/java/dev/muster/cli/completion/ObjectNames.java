package dev.muster.cli.completion;

import dev.muster.api.ListConfigsRequest;
import dev.muster.api.ListConfigsResponse;
import dev.muster.api.ListNetworksRequest;
import dev.muster.api.ListNetworksResponse;
import dev.muster.api.ListNodesRequest;
import dev.muster.api.ListNodesResponse;
import dev.muster.api.ListSecretsRequest;
import dev.muster.api.ListSecretsResponse;
import dev.muster.api.ListServicesRequest;
import dev.muster.api.ListServicesResponse;
import dev.muster.api.Service;
import dev.muster.cli.transport.Daemon;
import dev.muster.cli.transport.DaemonFailure;
import dev.muster.cli.transport.UnreachableFailure;
import java.util.List;
import java.util.TreeSet;

/** Names of the cluster's objects; none if the daemon does not answer. */
final class ObjectNames {

    private static final String NAMESPACE = "com.docker.stack.namespace";

    private final Daemon daemon;

    ObjectNames(Daemon daemon) {
        this.daemon = daemon;
    }

    /** Of the kind that a group of commands is about. */
    List<String> of(String kind) {
        try {
            return switch (kind) {
                case "service" -> services().stream().map(ObjectNames::name).toList();
                case "stack" ->
                    List.copyOf(new TreeSet<>(services().stream()
                            .map(service -> service.getSpec().getAnnotations().getLabelsOrDefault(NAMESPACE, ""))
                            .filter(name -> !name.isEmpty())
                            .toList()));
                case "node" ->
                    daemon
                            .control("ListNodes", ListNodesRequest.getDefaultInstance(), ListNodesResponse.parser())
                            .getNodesList()
                            .stream()
                            .map(node -> node.getDescription().getHostname())
                            .toList();
                case "network" ->
                    daemon
                            .control(
                                    "ListNetworks",
                                    ListNetworksRequest.getDefaultInstance(),
                                    ListNetworksResponse.parser())
                            .getNetworksList()
                            .stream()
                            .map(network -> network.getSpec().getAnnotations().getName())
                            .toList();
                case "secret" ->
                    daemon
                            .control(
                                    "ListSecrets",
                                    ListSecretsRequest.getDefaultInstance(),
                                    ListSecretsResponse.parser())
                            .getSecretsList()
                            .stream()
                            .map(secret -> secret.getSpec().getAnnotations().getName())
                            .toList();
                case "config" ->
                    daemon
                            .control(
                                    "ListConfigs",
                                    ListConfigsRequest.getDefaultInstance(),
                                    ListConfigsResponse.parser())
                            .getConfigsList()
                            .stream()
                            .map(config -> config.getSpec().getAnnotations().getName())
                            .toList();
                default -> List.of();
            };
        } catch (DaemonFailure | UnreachableFailure _) {
            return List.of();
        }
    }

    private List<Service> services() {
        return daemon.control("ListServices", ListServicesRequest.getDefaultInstance(), ListServicesResponse.parser())
                .getServicesList();
    }

    private static String name(Service service) {
        return service.getSpec().getAnnotations().getName();
    }
}
