package dev.muster.net.dns;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * A resolver configuration file's content (resolv.conf(5)).
 *
 * @param servers at most the three that glibc uses
 */
public record ResolvConf(List<InetAddress> servers, List<String> search, List<String> options) {
    private static final int MAX_SERVERS = 3;

    public static ResolvConf parse(List<String> lines) {
        var servers = new ArrayList<InetAddress>();
        List<String> search = List.of();
        var options = new ArrayList<String>();
        for (var line : lines) {
            var words = List.of(line.strip().split("\\s+"));
            switch (words.getFirst()) {
                case "nameserver" -> {
                    if (words.size() > 1 && servers.size() < MAX_SERVERS) {
                        literal(words.get(1), servers);
                    }
                }
                case "search", "domain" -> search = words.subList(1, words.size());
                case "options" -> options.addAll(words.subList(1, words.size()));
                default -> {
                    // Comments, sortlist, and whatever comes.
                }
            }
        }
        return new ResolvConf(List.copyOf(servers), search, List.copyOf(options));
    }

    /** Only literals: a name would have to be resolved to be used for resolving. */
    private static void literal(String text, List<InetAddress> servers) {
        try {
            servers.add(InetAddress.ofLiteral(text));
        } catch (IllegalArgumentException e) {
            // As glibc does: a line that makes no sense is no line.
        }
    }

    /**
     * Reads a server's address.
     *
     * @throws IllegalArgumentException if it is not one
     */
    public static InetAddress server(String text) {
        try {
            return InetAddress.ofLiteral(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("DNS server \"" + text + "\" is not an IP address", e);
        }
    }
}
