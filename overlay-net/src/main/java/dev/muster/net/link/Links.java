package dev.muster.net.link;

import static dev.muster.net.link.NetlinkRequest.Family.UNSPEC;
import static dev.muster.net.link.NetlinkRequest.NLM_F_CREATE;
import static dev.muster.net.link.NetlinkRequest.NLM_F_EXCL;

import dev.muster.net.plan.Ipv4;
import dev.muster.net.plan.Mac;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Requests about links: what {@code ip link} does. */
final class Links {
    private static final int RTM_NEWLINK = 16;
    private static final int RTM_DELLINK = 17;
    private static final int RTM_GETLINK = 18;
    private static final int IFF_UP = 1;
    private static final int IFINFOMSG = 16;

    private static final int IFLA_ADDRESS = 1;
    private static final int IFLA_IFNAME = 3;
    private static final int IFLA_MTU = 4;
    private static final int IFLA_MASTER = 10;
    private static final int IFLA_LINKINFO = 18;
    private static final int IFLA_NET_NS_FD = 28;
    private static final int IFLA_INFO_KIND = 1;
    private static final int IFLA_INFO_DATA = 2;
    private static final int IFLA_INFO_SLAVE_KIND = 4;
    private static final int IFLA_INFO_SLAVE_DATA = 5;

    private static final int IFLA_BR_FORWARD_DELAY = 1;
    private static final int IFLA_BR_STP_STATE = 5;
    private static final int IFLA_BR_MCAST_SNOOPING = 23;

    private static final int IFLA_VXLAN_ID = 1;
    private static final int IFLA_VXLAN_LOCAL = 4;
    private static final int IFLA_VXLAN_LEARNING = 7;
    private static final int IFLA_VXLAN_PORT = 15;

    private static final int VETH_INFO_PEER = 1;

    private Links() {}

    /** One link as it is. */
    record Link(int index, String name, int mtu, boolean up, int master, Optional<Mac> mac, Optional<String> kind) {}

    static NetlinkRequest bridge(String name, int index, Mac mac, int mtu) {
        return created("create bridge " + name, name, index, mtu)
                .attribute(IFLA_ADDRESS, mac.octets())
                .nested(
                        IFLA_LINKINFO,
                        info -> info.attribute(IFLA_INFO_KIND, "bridge")
                                .nested(
                                        IFLA_INFO_DATA,
                                        data -> data.attribute(IFLA_BR_FORWARD_DELAY, 0)
                                                .attribute(IFLA_BR_STP_STATE, 0)
                                                .attribute(IFLA_BR_MCAST_SNOOPING, false)));
    }

    /** A VXLAN device whose socket stays in the namespace that is asked, while the device goes to another. */
    static NetlinkRequest vxlan(String name, int index, int vni, int port, Ipv4 local, int mtu, NetworkNamespace home) {
        return created("create vxlan " + vni + " on port " + port + " at " + local, name, index, mtu)
                .attribute(IFLA_NET_NS_FD, home.fd())
                .nested(
                        IFLA_LINKINFO,
                        info -> info.attribute(IFLA_INFO_KIND, "vxlan")
                                .nested(
                                        IFLA_INFO_DATA,
                                        data -> data.attribute(IFLA_VXLAN_ID, vni)
                                                .attribute(IFLA_VXLAN_LOCAL, local.octets())
                                                .attribute(IFLA_VXLAN_LEARNING, false)
                                                .portAttribute(IFLA_VXLAN_PORT, port)));
    }

    /** A veth pair: ours, up and on a bridge; the other somewhere else, still down: the kernel wants the pair first. */
    static NetlinkRequest veth(String name, int index, int master, int mtu, PeerEnd peer) {
        var request =
                created("create veth " + name + " to " + peer.name() + " in " + peer.namespace(), name, index, mtu);
        if (master != 0) {
            request.attribute(IFLA_MASTER, master);
        }
        return request.nested(
                IFLA_LINKINFO,
                info -> info.attribute(IFLA_INFO_KIND, "veth")
                        .nested(
                                IFLA_INFO_DATA,
                                data -> data.nested(
                                        VETH_INFO_PEER,
                                        end -> end.link(UNSPEC, peer.index(), 0, 0)
                                                .attribute(IFLA_IFNAME, peer.name())
                                                .attribute(
                                                        IFLA_ADDRESS, peer.mac().octets())
                                                .attribute(IFLA_MTU, mtu)
                                                .attribute(
                                                        IFLA_NET_NS_FD,
                                                        peer.namespace().fd()))));
    }

    static NetlinkRequest up(int index) {
        return new NetlinkRequest("set link " + index + " up", RTM_NEWLINK, 0).link(UNSPEC, index, IFF_UP, IFF_UP);
    }

    static NetlinkRequest master(int index, int master) {
        return new NetlinkRequest("put link " + index + " on bridge " + master, RTM_NEWLINK, 0)
                .link(UNSPEC, index, 0, 0)
                .attribute(IFLA_MASTER, master);
    }

    static NetlinkRequest hardwareAddress(int index, Mac mac) {
        return new NetlinkRequest("give link " + index + " the address " + mac, RTM_NEWLINK, 0)
                .link(UNSPEC, index, 0, 0)
                .attribute(IFLA_ADDRESS, mac.octets());
    }

    static NetlinkRequest port(String name, PortOptions options) {
        return new NetlinkRequest("set up bridge port " + name, RTM_NEWLINK, 0)
                .link(UNSPEC, 0, 0, 0)
                .attribute(IFLA_IFNAME, name)
                .nested(
                        IFLA_LINKINFO,
                        info -> info.attribute(IFLA_INFO_SLAVE_KIND, "bridge")
                                .nested(IFLA_INFO_SLAVE_DATA, options::write));
    }

    static NetlinkRequest delete(String name) {
        return new NetlinkRequest("delete link " + name, RTM_DELLINK, 0)
                .link(UNSPEC, 0, 0, 0)
                .attribute(IFLA_IFNAME, name)
                .tolerating(Errno.ENODEV);
    }

    static List<Link> list(NetlinkSocket socket) {
        var links = new ArrayList<Link>();
        var request = new NetlinkRequest("list links", RTM_GETLINK, 0).link(UNSPEC, 0, 0, 0);
        for (var reply : socket.dump(request, IFINFOMSG)) {
            links.add(new Link(
                    reply.intAt(4),
                    reply.text(IFLA_IFNAME).orElse(""),
                    reply.number(IFLA_MTU).orElse(0),
                    (reply.intAt(8) & IFF_UP) != 0,
                    reply.number(IFLA_MASTER).orElse(0),
                    reply.bytes(IFLA_ADDRESS).filter(Mac::isOurs).map(Mac::of),
                    reply.bytes(IFLA_LINKINFO).map(Links::kind)));
        }
        return links;
    }

    private static String kind(byte[] info) {
        Map<Integer, byte[]> attributes = NetlinkReply.attributes(info, 0);
        var kind = attributes.get(IFLA_INFO_KIND);
        return kind == null ? "" : NetlinkReply.text(kind);
    }

    private static NetlinkRequest created(String what, String name, int index, int mtu) {
        return new NetlinkRequest(what, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL)
                .link(UNSPEC, index, IFF_UP, IFF_UP)
                .attribute(IFLA_IFNAME, name)
                .attribute(IFLA_MTU, mtu);
    }
}
