package dev.muster.net.link;

import dev.muster.net.plan.Ipv4;
import dev.muster.net.plan.Subnet;
import java.util.ArrayList;
import java.util.List;

/**
 * A container's side of its network: loopback, addresses, routes. Made on a thread inside the container's namespace and
 * used there. Requests are collected, then carried out together.
 */
public final class SandboxLinks {
    private static final int LOOPBACK_INDEX = 1;
    /** Above what the kernel may have put there by itself. */
    private static final int FIRST_INDEX = 100;

    private final List<NetlinkRequest> requests = new ArrayList<>();

    /** Settings that must be there before the links: no IPv6 on them until networks have it. */
    public static void settings() {
        Sysctl.writeIfPresent("ipv6/conf/default/disable_ipv6", 1);
    }

    /** Accepts clients' packets on a link by which the clients are not routed. */
    public static void acceptFromAnywhere(String link) {
        Sysctl.write("ipv4/conf/all/rp_filter", 0);
        Sysctl.write("ipv4/conf/" + link + "/rp_filter", 0);
    }

    /** The index of the container's interface at a position. */
    public static int index(int position) {
        return FIRST_INDEX + position;
    }

    public static String name(int position) {
        return "eth" + position;
    }

    public SandboxLinks() {
        requests.add(Links.up(LOOPBACK_INDEX));
    }

    public void address(int position, Subnet address) {
        requests.add(Links.up(index(position)));
        requests.add(Addresses.add(index(position), address));
    }

    public void defaultRoute(int position, Ipv4 gateway) {
        requests.add(Routes.defaultRoute(gateway, index(position)));
    }

    /** What carries {@code mark} in the bits of {@code mask} leaves by {@code gateway} whatever its destination. */
    public void markedRoute(int position, Ipv4 gateway, int mark, int mask, int table) {
        requests.add(Routes.defaultRoute(gateway, index(position), table));
        requests.add(Routes.markRule(mark, mask, table));
    }

    public void carryOut() {
        try (var socket = NetlinkSocket.open()) {
            socket.execute(requests);
        }
    }
}
