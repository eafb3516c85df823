package dev.muster.net.link;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/** One netlink message under construction: header, fixed part, attributes (RFC 3549). Not thread-safe. */
final class NetlinkRequest {
    static final int NLM_F_REQUEST = 0x1;
    static final int NLM_F_ACK = 0x4;
    static final int NLM_F_DUMP = 0x300;
    static final int NLM_F_REPLACE = 0x100;
    static final int NLM_F_EXCL = 0x200;
    static final int NLM_F_CREATE = 0x400;

    private static final int NLA_F_NESTED = 0x8000;
    /** No message of ours comes near; one that did would be a mistake. */
    private static final int MAX_LENGTH = 2048;

    private final String what;
    private final ByteBuffer bytes = ByteBuffer.allocate(MAX_LENGTH).order(ByteOrder.nativeOrder());
    private int[] tolerated = {};

    /** @param what says in errors what was asked, as a noun phrase or imperative */
    NetlinkRequest(String what, int type, int flags) {
        this.what = what;
        bytes.putInt(0)
                .putShort((short) type)
                .putShort((short) (flags | NLM_F_REQUEST))
                .putInt(0)
                .putInt(0);
    }

    /** struct ifinfomsg. */
    NetlinkRequest link(int family, int index, int flags, int change) {
        bytes.put((byte) family)
                .put((byte) 0)
                .putShort((short) 0)
                .putInt(index)
                .putInt(flags)
                .putInt(change);
        return this;
    }

    /** struct ifaddrmsg, family IPv4. */
    NetlinkRequest address(int prefixLength, int index) {
        bytes.put((byte) Family.INET)
                .put((byte) prefixLength)
                .put((byte) 0)
                .put((byte) 0)
                .putInt(index);
        return this;
    }

    /** struct ndmsg. */
    NetlinkRequest neighbour(int family, int index, int state, int flags) {
        bytes.put((byte) family).put((byte) 0).putShort((short) 0).putInt(index);
        bytes.putShort((short) state).put((byte) flags).put((byte) 0);
        return this;
    }

    /** struct rtmsg and struct fib_rule_hdr, which are alike; family IPv4. */
    NetlinkRequest route(int destinationLength, int table, int protocol, int scope, int type) {
        bytes.put((byte) Family.INET)
                .put((byte) destinationLength)
                .put((byte) 0)
                .put((byte) 0);
        bytes.put((byte) table)
                .put((byte) protocol)
                .put((byte) scope)
                .put((byte) type)
                .putInt(0);
        return this;
    }

    /** struct nfgenmsg, family IPv4. */
    NetlinkRequest netfilter() {
        bytes.put((byte) Family.INET).put((byte) 0).putShort((short) 0);
        return this;
    }

    NetlinkRequest attribute(int type, byte[] value) {
        bytes.putShort((short) (4 + value.length)).putShort((short) type).put(value);
        return pad();
    }

    NetlinkRequest attribute(int type, int value) {
        bytes.putShort((short) 8).putShort((short) type).putInt(value);
        return this;
    }

    NetlinkRequest attribute(int type, boolean value) {
        return attribute(type, new byte[] {(byte) (value ? 1 : 0)});
    }

    NetlinkRequest attribute(int type, String value) {
        return attribute(type, Arrays.copyOf(value.getBytes(StandardCharsets.US_ASCII), value.length() + 1));
    }

    /** A port number, which travels in network order. */
    NetlinkRequest portAttribute(int type, int port) {
        return attribute(type, new byte[] {(byte) (port >> 8), (byte) port});
    }

    /** An attribute that holds attributes already written. */
    NetlinkRequest nested(int type, byte[] content) {
        return attribute(type | NLA_F_NESTED, content);
    }

    NetlinkRequest nested(int type, Consumer<NetlinkRequest> content) {
        int start = bytes.position();
        bytes.putShort((short) 0).putShort((short) (type | NLA_F_NESTED));
        content.accept(this);
        bytes.putShort(start, (short) (bytes.position() - start));
        return this;
    }

    /** These errors count as success: what was asked is so already. */
    NetlinkRequest tolerating(int... errnos) {
        tolerated = errnos;
        return this;
    }

    boolean tolerates(int errno) {
        return Arrays.stream(tolerated).anyMatch(tolerable -> tolerable == errno);
    }

    String what() {
        return what;
    }

    int length() {
        return bytes.position();
    }

    byte[] encode(int sequence, int moreFlags) {
        bytes.putInt(0, bytes.position());
        bytes.putShort(6, (short) (bytes.getShort(6) | moreFlags));
        bytes.putInt(8, sequence);
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    private NetlinkRequest pad() {
        while (bytes.position() % 4 != 0) {
            bytes.put((byte) 0);
        }
        return this;
    }

    /** Address families. */
    static final class Family {
        static final int UNSPEC = 0;
        static final int INET = 2;
        static final int BRIDGE = 7;

        private Family() {}
    }
}
