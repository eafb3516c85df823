package dev.muster.net.dns;

import dev.muster.net.plan.Ipv4;
import dev.muster.net.plan.NetworkTables;
import dev.muster.net.plan.Subnet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The names of one network and what they stand for. A service is its virtual address, or all its serving tasks' where
 * it has none; {@code tasks.NAME} is always the tasks. A known name that stands for nobody right now has no
 * addresses: that is different from a name that nobody has.
 *
 * @param addresses by name in lower case
 * @param pointers names by address
 */
public record NetworkNames(Subnet subnet, Map<String, List<Ipv4>> addresses, Map<Ipv4, String> pointers) {
    private static final String TASKS = "tasks.";

    /** Nothing resolves on the ingress network: it is not for calling each other. */
    public static NetworkNames of(NetworkTables tables) {
        if (tables.ingress()) {
            return new NetworkNames(tables.nodeAddress(), Map.of(), Map.of());
        }
        var serving = new HashMap<String, List<Ipv4>>();
        var addresses = new HashMap<String, List<Ipv4>>();
        var pointers = new HashMap<Ipv4, String>();
        for (var endpoint : tables.endpoints().values()) {
            var address = Subnet.parse(endpoint.getAddress()).address();
            if (endpoint.getServing()) {
                serving.computeIfAbsent(endpoint.getServiceId(), id -> new ArrayList<>())
                        .add(address);
            }
            for (var name : endpoint.getNamesList()) {
                addresses.put(key(name), endpoint.getServing() ? List.of(address) : List.of());
                pointers.putIfAbsent(address, name + "." + tables.name());
            }
        }
        // Several services may share an alias: then it stands for all of them.
        var aliases = new TreeMap<String, List<Ipv4>>();
        var names = new TreeMap<String, List<Ipv4>>();
        for (var service : tables.services().values()) {
            var tasks = serving.getOrDefault(service.getServiceId(), List.of());
            var vip = service.getVirtualIp().isEmpty()
                    ? Optional.<Ipv4>empty()
                    : Optional.of(Ipv4.parse(service.getVirtualIp()));
            var self = vip.map(List::of).orElse(tasks);
            vip.ifPresent(address -> pointers.put(address, service.getName() + "." + tables.name()));
            names.put(key(service.getName()), self);
            names.put(TASKS + key(service.getName()), tasks);
            for (var alias : service.getAliasesList()) {
                aliases.computeIfAbsent(key(alias), name -> new ArrayList<>()).addAll(self);
                aliases.computeIfAbsent(TASKS + key(alias), name -> new ArrayList<>())
                        .addAll(tasks);
            }
        }
        addresses.putAll(aliases);
        addresses.putAll(names);
        return new NetworkNames(tables.nodeAddress(), addresses, pointers);
    }

    private static String key(String name) {
        return name.toLowerCase(Locale.ROOT);
    }
}
