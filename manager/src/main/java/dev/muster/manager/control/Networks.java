package dev.muster.manager.control;

import dev.muster.api.CreateNetworkRequest;
import dev.muster.api.CreateNetworkResponse;
import dev.muster.api.GetNetworkRequest;
import dev.muster.api.GetNetworkResponse;
import dev.muster.api.Ids;
import dev.muster.api.Ipam;
import dev.muster.api.ListNetworksRequest;
import dev.muster.api.ListNetworksResponse;
import dev.muster.api.Network;
import dev.muster.api.NetworkSpec;
import dev.muster.api.PublishMode;
import dev.muster.api.RemoveNetworkRequest;
import dev.muster.api.RemoveNetworkResponse;
import dev.muster.api.Service;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ObjectKey;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Overlay networks. Their addresses are given out by the allocator, which also deletes what is pending deletion. */
final class Networks {
    private static final Set<String> FILTERS = Set.of("id", "name", "label", "driver", "scope", "type", "dangling");
    private static final Set<String> TYPES = Set.of("custom", "builtin");

    private final Transactions transactions;
    private final RandomGenerator random;

    Networks(Transactions transactions, RandomGenerator random) {
        this.transactions = transactions;
        this.random = random;
    }

    CreateNetworkResponse create(CreateNetworkRequest request) {
        NetworkSpecCheck.check(request.getSpec());
        var id = Ids.create(random);
        var written = transactions.write("CreateNetwork", Network.class, (state, changes) -> {
            var network = created(state, id, request.getSpec());
            changes.create(network);
            return network;
        });
        // As it was written, if somebody has removed it since.
        return CreateNetworkResponse.newBuilder()
                .setNetwork(transactions.afterwards().network(id).orElse(written))
                .build();
    }

    /** The network, if there may be such a one. */
    static Network created(ClusterState state, String id, NetworkSpec spec) {
        var name = spec.getAnnotations().getName();
        if (state.networkNamed(name).isPresent()) {
            throw ControlFailure.exists("network with name " + name + " already exists");
        }
        if (spec.getIngress()) {
            ingress(state).ifPresent(present -> {
                throw ControlFailure.exists("ingress network (" + present.getId() + ") is already present");
            });
        }
        requireNoOverlap(state, spec);
        return Network.newBuilder().setId(id).setSpec(spec).build();
    }

    static Optional<Network> ingress(ClusterState state) {
        return state.networks().values().stream()
                .filter(network -> network.getSpec().getIngress() && !network.getPendingDelete())
                .findFirst();
    }

    private static void requireNoOverlap(ClusterState state, NetworkSpec spec) {
        for (var config : spec.getIpam().getConfigsList()) {
            var wanted = Subnet.parse(config.getSubnet());
            if (wanted.isEmpty()) {
                continue;
            }
            for (var network : state.networks().values()) {
                overlap(network.getIpam(), wanted.get())
                        .or(() -> overlap(network.getSpec().getIpam(), wanted.get()))
                        .ifPresent(taken -> {
                            throw ControlFailure.precondition(
                                    "subnet " + wanted.get() + " overlaps with " + taken + " of network "
                                            + network.getSpec().getAnnotations().getName());
                        });
            }
        }
    }

    private static Optional<Subnet> overlap(Ipam ipam, Subnet wanted) {
        return ipam.getConfigsList().stream()
                .flatMap(config -> Subnet.parse(config.getSubnet()).stream())
                .filter(wanted::overlaps)
                .findFirst();
    }

    GetNetworkResponse get(GetNetworkRequest request) {
        return GetNetworkResponse.newBuilder()
                .setNetwork(Lookup.network(transactions.read(), request.getId()))
                .build();
    }

    ListNetworksResponse list(ListNetworksRequest request) {
        var filters = Filters.of(request.getFiltersList(), FILTERS);
        var state = transactions.read();
        var response = ListNetworksResponse.newBuilder();
        for (var network : state.networks().values()) {
            if (!network.getPendingDelete() && matches(filters, state, network)) {
                response.addNetworks(network);
            }
        }
        return response.build();
    }

    private static boolean matches(Filters filters, ClusterState state, Network network) {
        var annotations = network.getSpec().getAnnotations();
        var lowerName = annotations.getName().toLowerCase(Locale.ROOT);
        return filters.prefix("id", network.getId())
                && filters.any("name", value -> lowerName.contains(value.toLowerCase(Locale.ROOT)))
                && filters.labels("label", annotations.getLabelsMap())
                && filters.exact("driver", "overlay")
                && filters.exact("scope", "swarm")
                && filters.word("type", "custom", TYPES)
                && filters.any("dangling", value -> isTrue(value) == unused(state, network));
    }

    private static boolean isTrue(String value) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "true", "1" -> true;
            case "false", "0" -> false;
            default -> throw ControlFailure.invalid("invalid filter 'dangling=" + value + "'");
        };
    }

    private static boolean unused(ClusterState state, Network network) {
        return state.servicesUsing(ObjectKey.network(network.getId())).isEmpty()
                && state.tasksByNetwork(network.getId()).isEmpty()
                && !(network.getSpec().getIngress()
                        && publishing(state.services().values()).isPresent());
    }

    RemoveNetworkResponse remove(RemoveNetworkRequest request) {
        transactions.commit("RemoveNetwork", (state, changes) -> {
            var network = Lookup.network(state, request.getId());
            requireUnused(state, network, Set.of());
            changes.update(network.toBuilder().setPendingDelete(true).build());
            return network.getId();
        });
        return RemoveNetworkResponse.getDefaultInstance();
    }

    /**
     * Refuses while a service that stays, or a task of one, needs the network. What is about to stop is waited for: the
     * network goes when the last task has.
     *
     * @param leaving ids of services that go in the same change
     */
    static void requireUnused(ClusterState state, Network network, Set<String> leaving) {
        var name = network.getSpec().getAnnotations().getName();
        state.servicesUsing(ObjectKey.network(network.getId())).values().stream()
                .filter(service -> stays(service, leaving))
                .findFirst()
                .ifPresent(service -> {
                    throw ControlFailure.precondition("network " + name + " is in use by service " + service.getId());
                });
        if (network.getSpec().getIngress()) {
            publishing(state.services().values().stream()
                            .filter(service -> stays(service, leaving))
                            .toList())
                    .ifPresent(service -> {
                        throw ControlFailure.precondition("ingress network cannot be removed because service "
                                + service.getId() + " depends on it");
                    });
            return;
        }
        for (var task : state.tasksByNetwork(network.getId()).values()) {
            if (state.service(task.getServiceId())
                    .filter(service -> stays(service, leaving))
                    .isPresent()) {
                throw ControlFailure.precondition("network " + name + " is in use by task " + task.getId());
            }
        }
    }

    private static boolean stays(Service service, Set<String> leaving) {
        return !service.getPendingDelete() && !leaving.contains(service.getId());
    }

    private static Optional<Service> publishing(Collection<Service> services) {
        return services.stream()
                .filter(service -> service.getSpec().getEndpoint().getPortsList().stream()
                        .anyMatch(port -> port.getPublishMode() == PublishMode.PUBLISH_INGRESS))
                .findFirst();
    }
}
