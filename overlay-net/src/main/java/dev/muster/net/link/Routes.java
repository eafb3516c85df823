package dev.muster.net.link;

import static dev.muster.net.link.NetlinkRequest.NLM_F_CREATE;
import static dev.muster.net.link.NetlinkRequest.NLM_F_EXCL;

import dev.muster.net.plan.Ipv4;
import dev.muster.net.plan.Subnet;
import java.util.ArrayList;
import java.util.List;

/** Requests about routes and the rules that choose between them: what {@code ip route} and {@code ip rule} do. */
final class Routes {
    private static final int RTM_NEWROUTE = 24;
    private static final int RTM_GETROUTE = 26;
    private static final int RTM_NEWRULE = 32;
    private static final int RTMSG = 12;
    private static final int RT_TABLE_MAIN = 254;
    private static final int RTPROT_STATIC = 4;
    private static final int RT_SCOPE_UNIVERSE = 0;
    private static final int RTN_UNICAST = 1;
    private static final int FR_ACT_TO_TBL = 1;
    private static final int RTA_DST = 1;
    private static final int RTA_OIF = 4;
    private static final int RTA_GATEWAY = 5;
    private static final int FRA_FWMARK = 10;
    private static final int FRA_TABLE = 15;
    private static final int FRA_FWMASK = 16;

    private Routes() {}

    /** A unicast route of the main table with the link that it leaves by. */
    record Route(Subnet destination, int link) {}

    static NetlinkRequest defaultRoute(Ipv4 gateway, int index) {
        return defaultRoute(gateway, index, RT_TABLE_MAIN);
    }

    static NetlinkRequest defaultRoute(Ipv4 gateway, int index, int table) {
        return new NetlinkRequest("add default route by " + gateway, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL)
                .route(0, table, RTPROT_STATIC, RT_SCOPE_UNIVERSE, RTN_UNICAST)
                .attribute(RTA_GATEWAY, gateway.octets())
                .attribute(RTA_OIF, index)
                .tolerating(Errno.EEXIST);
    }

    /** Packets whose mark has {@code mark} in the bits of {@code mask} follow {@code table}. */
    static NetlinkRequest markRule(int mark, int mask, int table) {
        return new NetlinkRequest("route mark " + mark + " by table " + table, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL)
                .route(0, table, 0, RT_SCOPE_UNIVERSE, FR_ACT_TO_TBL)
                .attribute(FRA_FWMARK, mark)
                .attribute(FRA_FWMASK, mask)
                .attribute(FRA_TABLE, table)
                .tolerating(Errno.EEXIST);
    }

    /** The routes of the main table, without default routes. */
    static List<Route> list(NetlinkSocket socket) {
        var routes = new ArrayList<Route>();
        var request = new NetlinkRequest("list routes", RTM_GETROUTE, 0).route(0, 0, 0, 0, 0);
        for (var reply : socket.dump(request, RTMSG)) {
            if (reply.byteAt(4) == RT_TABLE_MAIN && reply.byteAt(7) == RTN_UNICAST && reply.byteAt(1) > 0) {
                reply.bytes(RTA_DST)
                        .ifPresent(destination -> routes.add(new Route(
                                new Subnet(Ipv4.of(destination), reply.byteAt(1)),
                                reply.number(RTA_OIF).orElse(0))));
            }
        }
        return routes;
    }
}
