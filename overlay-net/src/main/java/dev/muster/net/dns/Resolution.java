package dev.muster.net.dns;

import dev.muster.net.plan.Ipv4;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a container is told about a name. */
sealed interface Resolution {
    /** It stands for these; perhaps for none right now, or for none of the type that was asked for. */
    record Addresses(List<Ipv4> addresses) implements Resolution {}

    record Pointer(String name) implements Resolution {}

    /** Nobody has this name. */
    record Unknown() implements Resolution {}

    /** Somebody outside may know. */
    record Elsewhere() implements Resolution {}

    String REVERSE = ".in-addr.arpa";
    String TASKS = "tasks.";

    /** Decides; {@code names} has all networks by id. */
    static Resolution of(DnsMessage.Query query, SandboxView view, Map<String, NetworkNames> names) {
        var name = query.name();
        var known = addresses(name, view, names);
        if (known.isPresent()) {
            return new Addresses(query.type() == DnsMessage.TYPE_A ? known.get() : List.of());
        }
        var reversed = reversed(name);
        if (reversed.isPresent()) {
            return pointer(reversed.get(), query, view, names);
        }
        // No public name has a single label, and no top-level domain is called "tasks": spare the resolvers.
        boolean ours = name.indexOf('.') < 0 || (name.startsWith(TASKS) && name.indexOf('.', TASKS.length()) < 0);
        boolean root = name.isEmpty();
        return view.forwards() && (!ours || root) ? new Elsewhere() : new Unknown();
    }

    private static Optional<List<Ipv4>> addresses(String name, SandboxView view, Map<String, NetworkNames> names) {
        Optional<List<Ipv4>> nobody = Optional.empty();
        for (var network : view.networks()) {
            var known =
                    names.containsKey(network) ? names.get(network).addresses().get(name) : null;
            if (known != null && !known.isEmpty()) {
                return Optional.of(known);
            }
            if (known != null) {
                nobody = Optional.of(known);
            }
        }
        return nobody.or(() -> Optional.ofNullable(view.aliases().get(name)));
    }

    private static Resolution pointer(
            Ipv4 address, DnsMessage.Query query, SandboxView view, Map<String, NetworkNames> names) {
        for (var network : view.networks()) {
            var known = names.get(network);
            if (known == null || !known.subnet().contains(address)) {
                continue;
            }
            var name = known.pointers().get(address);
            if (name == null) {
                return new Unknown();
            }
            return query.type() == DnsMessage.TYPE_PTR ? new Pointer(name) : new Addresses(List.of());
        }
        return view.forwards() ? new Elsewhere() : new Unknown();
    }

    private static Optional<Ipv4> reversed(String name) {
        if (!name.endsWith(REVERSE)) {
            return Optional.empty();
        }
        var octets = new ArrayList<>(
                List.of(name.substring(0, name.length() - REVERSE.length()).split("\\.", -1)));
        try {
            return Optional.of(Ipv4.parse(String.join(".", octets.reversed())));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
