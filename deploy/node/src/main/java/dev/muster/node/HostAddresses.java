package dev.muster.node;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The addresses of this host by interface, and the choice of the one that other nodes are told. Immutable. */
record HostAddresses(SortedMap<String, List<String>> byInterface) {
    /** Interfaces that are up and neither loopback nor the overlay's own, with their IPv4 addresses. */
    static HostAddresses observe(String ownPrefix) {
        SortedMap<String, List<String>> found = new TreeMap<>();
        try {
            for (NetworkInterface link : Collections.list(NetworkInterface.getNetworkInterfaces())) {
                if (!link.isUp() || link.isLoopback() || link.getName().startsWith(ownPrefix)) {
                    continue;
                }
                List<String> addresses = Collections.list(link.getInetAddresses()).stream()
                        .filter(Inet4Address.class::isInstance)
                        .map(InetAddress::getHostAddress)
                        .toList();
                if (!addresses.isEmpty()) {
                    found.put(link.getName(), addresses);
                }
            }
        } catch (SocketException e) {
            throw new IllegalStateException("cannot list this host's network interfaces: " + e.getMessage(), e);
        }
        return new HostAddresses(Collections.unmodifiableSortedMap(found));
    }

    /**
     * The IP address that an option means.
     *
     * @param given an IP address, an interface's name, or empty for the only candidate
     * @param option the option's name, for messages: {@code --advertise-addr}
     * @throws IllegalArgumentException when it does not lead to exactly one address
     */
    String resolve(String given, String option) {
        if (given.isEmpty()) {
            return onlyCandidate(option);
        }
        List<String> ofInterface = byInterface.get(given);
        if (ofInterface != null) {
            if (ofInterface.size() > 1) {
                throw new IllegalArgumentException("interface " + given + " has more than one IPv4 address ("
                        + String.join(", ", ofInterface) + ") - specify one with " + option);
            }
            return ofInterface.getFirst();
        }
        if (!isIpv4(given)) {
            throw new IllegalArgumentException(option + ": '" + given
                    + "' is neither an IPv4 address nor the name of an interface that is up here (" + describe() + ")");
        }
        return given;
    }

    private String onlyCandidate(String option) {
        List<String> all = new ArrayList<>();
        byInterface.values().forEach(all::addAll);
        if (all.size() == 1) {
            return all.getFirst();
        }
        if (all.isEmpty()) {
            throw new IllegalArgumentException(
                    "could not choose an IP address to advertise since this host has none - specify one with "
                            + option);
        }
        throw new IllegalArgumentException("could not choose an IP address to advertise since this system has multiple"
                + " addresses on different interfaces (" + describe() + ") - specify one with " + option);
    }

    private String describe() {
        return byInterface.entrySet().stream()
                .map((Map.Entry<String, List<String>> e) -> String.join(", ", e.getValue()) + " on " + e.getKey())
                .collect(Collectors.joining(" and "));
    }

    static boolean isIpv4(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 4) {
            return false;
        }
        for (String part : parts) {
            if (!part.matches("\\d{1,3}") || Integer.parseInt(part) > 255) {
                return false;
            }
        }
        return true;
    }
}
