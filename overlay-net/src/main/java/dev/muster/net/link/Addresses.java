package dev.muster.net.link;

import static dev.muster.net.link.NetlinkRequest.NLM_F_CREATE;
import static dev.muster.net.link.NetlinkRequest.NLM_F_EXCL;

import dev.muster.net.plan.Ipv4;
import dev.muster.net.plan.Subnet;
import java.util.ArrayList;
import java.util.List;

/** Requests about the addresses of links: what {@code ip address} does. */
final class Addresses {
    private static final int RTM_NEWADDR = 20;
    private static final int RTM_DELADDR = 21;
    private static final int RTM_GETADDR = 22;
    private static final int IFADDRMSG = 8;
    private static final int IFA_ADDRESS = 1;
    private static final int IFA_LOCAL = 2;

    private Addresses() {}

    record LinkAddress(int index, Subnet address) {}

    static NetlinkRequest add(int index, Subnet address) {
        return request(
                        "give link " + index + " the address " + address,
                        RTM_NEWADDR,
                        NLM_F_CREATE | NLM_F_EXCL,
                        index,
                        address)
                .tolerating(Errno.EEXIST);
    }

    static NetlinkRequest remove(int index, Subnet address) {
        return request("take the address " + address + " from link " + index, RTM_DELADDR, 0, index, address)
                .tolerating(Errno.EADDRNOTAVAIL);
    }

    static List<LinkAddress> list(NetlinkSocket socket) {
        var addresses = new ArrayList<LinkAddress>();
        var request = new NetlinkRequest("list addresses", RTM_GETADDR, 0).address(0, 0);
        for (var reply : socket.dump(request, IFADDRMSG)) {
            reply.bytes(IFA_LOCAL)
                    .ifPresent(local -> addresses.add(
                            new LinkAddress(reply.intAt(4), new Subnet(Ipv4.of(local), reply.byteAt(1)))));
        }
        return addresses;
    }

    private static NetlinkRequest request(String what, int type, int flags, int index, Subnet address) {
        return new NetlinkRequest(what, type, flags)
                .address(address.prefixLength(), index)
                .attribute(IFA_LOCAL, address.address().octets())
                .attribute(IFA_ADDRESS, address.address().octets());
    }
}
