package dev.muster.manager.control;

import dev.muster.api.Config;
import dev.muster.api.Kind;
import dev.muster.api.Network;
import dev.muster.api.Node;
import dev.muster.api.Secret;
import dev.muster.api.Service;
import dev.muster.api.Task;
import dev.muster.manager.state.ClusterState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Finds the object behind a reference: exact id, else exact name without regard to case, else the only id that begins
 * with it. What is being removed is not found. Pure.
 */
final class Lookup {
    private Lookup() {}

    static Service service(ClusterState state, String reference) {
        return required(
                "service",
                reference,
                candidates(
                        state.services(), reference, s -> !s.getPendingDelete(), () -> state.serviceNamed(reference)));
    }

    static Network network(ClusterState state, String reference) {
        return required(
                "network",
                reference,
                candidates(
                        state.networks(), reference, n -> !n.getPendingDelete(), () -> state.networkNamed(reference)));
    }

    static Secret secret(ClusterState state, String reference) {
        return required(
                "secret",
                reference,
                candidates(state.secrets(), reference, s -> true, () -> state.secretNamed(reference)));
    }

    static Config config(ClusterState state, String reference) {
        return required(
                "config",
                reference,
                candidates(state.configs(), reference, c -> true, () -> state.configNamed(reference)));
    }

    /** Tasks have no names of their own. */
    static Task task(ClusterState state, String reference) {
        return required("task", reference, candidates(state.tasks(), reference, t -> true, Optional::empty));
    }

    /** By id, host name (which may be ambiguous), or beginning of an id. */
    static Node node(ClusterState state, String reference) {
        var exact = state.node(reference);
        if (exact.isPresent()) {
            return exact.get();
        }
        var named = state.nodes().values().stream()
                .filter(node -> node.getDescription().getHostname().equalsIgnoreCase(reference)
                        || (!reference.isEmpty()
                                && node.getSpec().getAnnotations().getName().equalsIgnoreCase(reference)))
                .toList();
        return required("node", reference, named.isEmpty() ? prefixed(state.nodes(), reference, n -> true) : named);
    }

    /** The ids of objects that a filter value names; more than one node may have a host name. */
    static List<String> nodeIds(ClusterState state, String reference) {
        if (state.nodes().containsKey(reference)) {
            return List.of(reference);
        }
        return state.nodes().values().stream()
                .filter(node -> node.getDescription().getHostname().equalsIgnoreCase(reference)
                        || node.getId().startsWith(reference))
                .map(Node::getId)
                .toList();
    }

    /** The id that a filter value names; the value itself if it names nothing, so that nothing matches. */
    static String serviceId(ClusterState state, String reference) {
        if (state.services().containsKey(reference)) {
            return reference;
        }
        return state.idNamed(Kind.KIND_SERVICE, reference).orElseGet(() -> {
            var found = prefixed(state.services(), reference, s -> true);
            return found.size() == 1 ? found.getFirst().getId() : reference;
        });
    }

    private static <T> List<T> candidates(
            SortedMap<String, T> objects, String reference, Predicate<T> there, Supplier<Optional<T>> named) {
        var exact = objects.get(reference);
        if (exact != null && there.test(exact)) {
            return List.of(exact);
        }
        if (reference.isEmpty()) {
            return List.of();
        }
        return named.get().map(List::of).orElseGet(() -> prefixed(objects, reference, there));
    }

    private static <T> List<T> prefixed(SortedMap<String, T> objects, String prefix, Predicate<T> there) {
        var found = new ArrayList<T>();
        if (prefix.isEmpty()) {
            return found;
        }
        // No id holds a character above 'z'.
        for (var object : objects.subMap(prefix, prefix + "\uffff").values()) {
            if (there.test(object)) {
                found.add(object);
            }
        }
        return found;
    }

    private static <T> T required(String kind, String reference, List<T> found) {
        return switch (found.size()) {
            case 0 -> throw ControlFailure.notFound(kind, reference);
            case 1 -> found.getFirst();
            default ->
                throw ControlFailure.invalid(
                        kind + " " + reference + " is ambiguous (" + found.size() + " matches found)");
        };
    }
}
