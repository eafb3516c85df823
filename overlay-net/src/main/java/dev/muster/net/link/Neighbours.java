package dev.muster.net.link;

import static dev.muster.net.link.NetlinkRequest.Family.BRIDGE;
import static dev.muster.net.link.NetlinkRequest.Family.INET;
import static dev.muster.net.link.NetlinkRequest.NLM_F_CREATE;
import static dev.muster.net.link.NetlinkRequest.NLM_F_REPLACE;

import dev.muster.net.plan.Ipv4;
import dev.muster.net.plan.Mac;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Requests about who is where: neighbours ({@code ip neighbour}: address → hardware address) and forwarding entries
 * ({@code bridge fdb}: hardware address → port or remote host).
 */
final class Neighbours {
    private static final int RTM_NEWNEIGH = 28;
    private static final int RTM_DELNEIGH = 29;
    private static final int RTM_GETNEIGH = 30;
    private static final int NDMSG = 12;
    private static final int NDA_DST = 1;
    private static final int NDA_LLADDR = 2;
    private static final int NDA_MASTER = 9;
    private static final int NTF_SELF = 2;
    private static final int NTF_MASTER = 4;
    private static final int NUD_PERMANENT = 0x80;
    /** For the bridge (NOARP): a fixed entry that is not the host's own; for vxlan (REACHABLE): a valid one. */
    private static final int NUD_STATIC = 0x42;

    private static final int REPLACE = NLM_F_CREATE | NLM_F_REPLACE;

    private Neighbours() {}

    /** A forwarding entry: of the bridge (by port), or of the vxlan device itself (by remote host). */
    record Forwarding(int port, Mac mac, boolean ofBridge, Optional<Ipv4> remote) {}

    static NetlinkRequest neighbour(int index, Ipv4 address) {
        return new NetlinkRequest("add neighbour " + address + " to link " + index, RTM_NEWNEIGH, REPLACE)
                .neighbour(INET, index, NUD_PERMANENT, 0)
                .attribute(NDA_DST, address.octets())
                .attribute(NDA_LLADDR, new Mac(address).octets());
    }

    static NetlinkRequest removeNeighbour(int index, Ipv4 address) {
        return new NetlinkRequest("remove neighbour " + address + " from link " + index, RTM_DELNEIGH, 0)
                .neighbour(INET, index, 0, 0)
                .attribute(NDA_DST, address.octets())
                .tolerating(Errno.ENOENT);
    }

    /** What has this address is behind a port of the bridge. */
    static NetlinkRequest atPort(int port, Ipv4 address) {
        return new NetlinkRequest("forward " + address + " to port " + port, RTM_NEWNEIGH, REPLACE)
                .neighbour(BRIDGE, port, NUD_STATIC, NTF_MASTER)
                .attribute(NDA_LLADDR, new Mac(address).octets());
    }

    /** What has this address is behind the vxlan device, on a remote host. */
    static NetlinkRequest atHost(int vxlan, Ipv4 address, Ipv4 host) {
        return new NetlinkRequest("forward " + address + " to host " + host, RTM_NEWNEIGH, REPLACE)
                .neighbour(BRIDGE, vxlan, NUD_STATIC, NTF_SELF | NTF_MASTER)
                .attribute(NDA_LLADDR, new Mac(address).octets())
                .attribute(NDA_DST, host.octets());
    }

    static NetlinkRequest removeFromPort(int port, Ipv4 address) {
        return forget(port, address, NTF_MASTER);
    }

    static NetlinkRequest removeFromHost(int vxlan, Ipv4 address) {
        return forget(vxlan, address, NTF_SELF);
    }

    private static NetlinkRequest forget(int port, Ipv4 address, int flags) {
        return new NetlinkRequest("stop forwarding " + address + " to port " + port, RTM_DELNEIGH, 0)
                .neighbour(BRIDGE, port, 0, flags)
                .attribute(NDA_LLADDR, new Mac(address).octets())
                .tolerating(Errno.ENOENT);
    }

    /** The addresses that have a permanent neighbour entry on a link. */
    static List<Ipv4> neighbours(NetlinkSocket socket, int index) {
        var request = new NetlinkRequest("list neighbours", RTM_GETNEIGH, 0).neighbour(INET, 0, 0, 0);
        return socket.dump(request, NDMSG).stream()
                .filter(reply -> reply.intAt(4) == index && (reply.shortAt(8) & NUD_PERMANENT) != 0)
                .flatMap(reply -> reply.bytes(NDA_DST).map(Ipv4::of).stream())
                .toList();
    }

    /** The forwarding entries for hardware addresses of ours. */
    static List<Forwarding> forwarding(NetlinkSocket socket) {
        var entries = new ArrayList<Forwarding>();
        var request = new NetlinkRequest("list forwarding entries", RTM_GETNEIGH, 0).neighbour(BRIDGE, 0, 0, 0);
        for (var reply : socket.dump(request, NDMSG)) {
            reply.bytes(NDA_LLADDR)
                    .filter(Mac::isOurs)
                    .map(Mac::of)
                    .ifPresent(mac -> entries.add(new Forwarding(
                            reply.intAt(4),
                            mac,
                            reply.bytes(NDA_MASTER).isPresent(),
                            reply.bytes(NDA_DST).filter(dst -> dst.length == 4).map(Ipv4::of))));
        }
        return entries;
    }
}
