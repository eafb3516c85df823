package dev.muster.net.link;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** One message of a dump: its fixed part, and its attributes by type. */
final class NetlinkReply {
    private static final int TYPE_MASK = 0x3fff;

    private final ByteBuffer fixed;
    private final Map<Integer, byte[]> attributes;

    private NetlinkReply(ByteBuffer fixed, Map<Integer, byte[]> attributes) {
        this.fixed = fixed;
        this.attributes = attributes;
    }

    /** @param fixedLength of the structure before the attributes */
    static NetlinkReply parse(byte[] payload, int fixedLength) {
        var all = ByteBuffer.wrap(payload).order(ByteOrder.nativeOrder());
        return new NetlinkReply(
                all.slice(0, fixedLength).order(ByteOrder.nativeOrder()), attributes(payload, fixedLength));
    }

    static Map<Integer, byte[]> attributes(byte[] bytes, int from) {
        var buffer = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        var found = new HashMap<Integer, byte[]>();
        int at = from;
        while (at + 4 <= bytes.length) {
            int length = buffer.getShort(at) & 0xffff;
            int type = buffer.getShort(at + 2) & TYPE_MASK;
            if (length < 4 || at + length > bytes.length) {
                break;
            }
            var value = new byte[length - 4];
            buffer.get(at + 4, value);
            found.put(type, value);
            at += length + 3 & ~3;
        }
        return found;
    }

    int byteAt(int offset) {
        return fixed.get(offset) & 0xff;
    }

    int shortAt(int offset) {
        return fixed.getShort(offset) & 0xffff;
    }

    int intAt(int offset) {
        return fixed.getInt(offset);
    }

    Optional<byte[]> bytes(int type) {
        return Optional.ofNullable(attributes.get(type));
    }

    Optional<String> text(int type) {
        return bytes(type).map(NetlinkReply::text);
    }

    Optional<Integer> number(int type) {
        return bytes(type).filter(value -> value.length == 4).map(NetlinkReply::number);
    }

    static String text(byte[] value) {
        int length = value.length > 0 && value[value.length - 1] == 0 ? value.length - 1 : value.length;
        return new String(value, 0, length, StandardCharsets.US_ASCII);
    }

    static int number(byte[] value) {
        return ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getInt();
    }
}
