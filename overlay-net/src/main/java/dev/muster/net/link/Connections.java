package dev.muster.net.link;

import dev.muster.net.plan.Ipv4;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;

/** The kernel's table of translated connections. */
public final class Connections {
    private static final int CTNETLINK = 1 << 8;
    private static final int GET = CTNETLINK | 1;
    private static final int DELETE = CTNETLINK | 2;
    private static final int NFGENMSG = 4;

    private static final int CTA_TUPLE_ORIG = 1;
    private static final int CTA_TUPLE_REPLY = 2;
    private static final int CTA_ID = 12;
    private static final int CTA_FILTER = 25;
    private static final int CTA_FILTER_ORIG_FLAGS = 1;
    private static final int CTA_FILTER_REPLY_FLAGS = 2;
    private static final int FILTER_BY_PROTOCOL = 1 << 3;
    private static final int CTA_TUPLE_IP = 1;
    private static final int CTA_TUPLE_PROTO = 2;
    private static final int CTA_IP_V4_SRC = 1;
    private static final int CTA_IP_V4_DST = 2;
    private static final int CTA_PROTO_NUM = 1;
    private static final byte UDP = 17;

    private Connections() {}

    /**
     * Forgets the UDP flows of the calling thread's namespace that were translated to addresses which nobody has any
     * more: a client that goes on sending from its port would be sent there for ever. (TCP clients notice by
     * themselves.)
     *
     * @return how many were forgotten
     */
    public static int forgetDatagrams(Set<Ipv4> gone) {
        var request = new NetlinkRequest("list UDP flows", GET, 0)
                .netfilter()
                .nested(
                        CTA_TUPLE_ORIG,
                        tuple -> tuple.nested(
                                CTA_TUPLE_PROTO, protocol -> protocol.attribute(CTA_PROTO_NUM, new byte[] {UDP})))
                .nested(
                        CTA_FILTER,
                        filter -> filter.attribute(CTA_FILTER_ORIG_FLAGS, FILTER_BY_PROTOCOL)
                                .attribute(CTA_FILTER_REPLY_FLAGS, 0));
        try (var socket = NetlinkSocket.openNetfilter()) {
            var deletions = new ArrayList<NetlinkRequest>();
            for (var flow : socket.dump(request, NFGENMSG)) {
                var asked = flow.bytes(CTA_TUPLE_ORIG);
                var answered = flow.bytes(CTA_TUPLE_REPLY);
                if (asked.isEmpty() || answered.isEmpty() || protocol(asked.get()) != UDP) {
                    continue;
                }
                // Untranslated flows have the address on both sides; they end with their endpoint.
                boolean translated =
                        !Arrays.equals(address(asked.get(), CTA_IP_V4_DST), address(answered.get(), CTA_IP_V4_SRC));
                var server = address(answered.get(), CTA_IP_V4_SRC);
                if (translated && server.length == 4 && gone.contains(Ipv4.of(server))) {
                    var deletion = new NetlinkRequest("forget a UDP flow to " + Ipv4.of(server), DELETE, 0)
                            .netfilter()
                            .nested(CTA_TUPLE_ORIG, asked.get());
                    flow.bytes(CTA_ID).ifPresent(id -> deletion.attribute(CTA_ID, id));
                    deletions.add(deletion.tolerating(Errno.ENOENT));
                }
            }
            socket.execute(deletions);
            return deletions.size();
        }
    }

    private static byte protocol(byte[] tuple) {
        var protocol = NetlinkReply.attributes(tuple, 0).get(CTA_TUPLE_PROTO);
        var number =
                protocol == null ? null : NetlinkReply.attributes(protocol, 0).get(CTA_PROTO_NUM);
        return number == null ? 0 : number[0];
    }

    private static byte[] address(byte[] tuple, int which) {
        Map<Integer, byte[]> attributes = NetlinkReply.attributes(tuple, 0);
        var ip = attributes.get(CTA_TUPLE_IP);
        var address = ip == null ? null : NetlinkReply.attributes(ip, 0).get(which);
        return address == null ? new byte[0] : address;
    }
}
