package dev.muster.net.dns;

import dev.muster.net.plan.Ipv4;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/** What we need of DNS messages: RFC 1035 and EDNS (RFC 6891). Queries come from containers and are not trusted. */
final class DnsMessage {
    static final int TYPE_A = 1;
    static final int TYPE_PTR = 12;
    static final int TYPE_AAAA = 28;
    static final int CLASS_IN = 1;

    static final int NOERROR = 0;
    static final int FORMERR = 1;
    static final int SERVFAIL = 2;
    static final int NXDOMAIN = 3;
    static final int NOTIMP = 4;
    static final int REFUSED = 5;

    /** Without EDNS a client takes no more over UDP. */
    static final int CLASSIC_UDP_BYTES = 512;

    /** What we offer and use over UDP: no fragments on any sane path (DNS flag day 2020). */
    static final int EDNS_UDP_BYTES = 1232;

    /**
     * Seconds that an answer may be kept. The endpoint of a stopping task leaves the tables 2 s before its stop signal,
     * so what anybody still remembers then leads to a task that still serves.
     */
    static final int TTL_SECONDS = 1;

    private static final int HEADER = 12;
    private static final int TYPE_OPT = 41;
    private static final int QR = 0x8000;
    private static final int OPCODE = 0x7800;
    private static final int AA = 0x0400;
    private static final int TC = 0x0200;
    private static final int RD = 0x0100;
    private static final int RA = 0x0080;
    private static final int RCODE = 0x000f;
    private static final int MAX_NAME = 253;
    private static final int QUESTION_POINTER = 0xc000 | HEADER;
    private static final int A_RECORD_BYTES = 16;
    private static final int OPT_BYTES = 11;

    private DnsMessage() {}

    /**
     * A query, as far as it concerns us.
     *
     * @param name in lower case, without a trailing dot
     * @param question the question section's bytes, to be repeated in the answer; to be read by duplicates only
     * @param ednsBytes the largest UDP answer that the client takes, if it speaks EDNS
     * @param problem the response code that it earns by its form; empty: none
     */
    record Query(
            int id, int flags, String name, int type, ByteBuffer question, OptionalInt ednsBytes, OptionalInt problem) {
        int questionBytes() {
            return question.remaining();
        }
    }

    /** Reads a query; absent: it does not deserve an answer. */
    static Optional<Query> parse(ByteBuffer message) {
        if (message.remaining() < HEADER) {
            return Optional.empty();
        }
        var buffer = message.slice();
        int id = buffer.getShort() & 0xffff;
        int flags = buffer.getShort() & 0xffff;
        int questions = buffer.getShort() & 0xffff;
        int answers = buffer.getShort() & 0xffff;
        int authorities = buffer.getShort() & 0xffff;
        int additional = buffer.getShort() & 0xffff;
        if ((flags & QR) != 0) {
            return Optional.empty();
        }
        if ((flags & OPCODE) != 0) {
            return Optional.of(broken(id, flags, NOTIMP));
        }
        if (questions != 1 || answers != 0 || authorities != 0) {
            return Optional.of(broken(id, flags, FORMERR));
        }
        try {
            var name = name(buffer);
            int type = buffer.getShort() & 0xffff;
            int inClass = buffer.getShort() & 0xffff;
            var question = ByteBuffer.allocate(buffer.position() - HEADER);
            question.put(buffer.slice(HEADER, question.capacity())).flip();
            var edns = additional > 0 ? edns(buffer) : OptionalInt.empty();
            var problem = inClass == CLASS_IN ? OptionalInt.empty() : OptionalInt.of(REFUSED);
            return Optional.of(new Query(id, flags, name, type, question, edns, problem));
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            return Optional.of(broken(id, flags, FORMERR));
        }
    }

    /** An answer without records. */
    static ByteBuffer empty(Query query, int code) {
        var buffer = start(query, code, 0, HEADER + query.questionBytes() + OPT_BYTES);
        return finish(buffer, query);
    }

    /** Address records, as many as fit; if not all do, the client is told so. */
    static ByteBuffer addresses(Query query, List<Ipv4> addresses, int maxBytes) {
        int room = maxBytes - HEADER - query.questionBytes() - (query.ednsBytes.isPresent() ? OPT_BYTES : 0);
        int count = Math.min(addresses.size(), Math.max(0, room / A_RECORD_BYTES));
        var buffer = start(query, NOERROR, count, HEADER + query.questionBytes() + count * A_RECORD_BYTES + OPT_BYTES);
        for (var address : addresses.subList(0, count)) {
            record(buffer, TYPE_A).putShort((short) 4).put(address.octets());
        }
        if (count < addresses.size()) {
            buffer.putShort(2, (short) (buffer.getShort(2) | TC));
        }
        return finish(buffer, query);
    }

    static ByteBuffer pointer(Query query, String name) {
        var target = encode(name);
        var buffer = start(query, NOERROR, 1, HEADER + query.questionBytes() + 12 + target.length + OPT_BYTES);
        record(buffer, TYPE_PTR).putShort((short) target.length).put(target);
        return finish(buffer, query);
    }

    /** The largest UDP answer for a query. */
    static int maxUdpBytes(Query query) {
        return Math.clamp(query.ednsBytes.orElse(CLASSIC_UDP_BYTES), CLASSIC_UDP_BYTES, EDNS_UDP_BYTES);
    }

    static int code(ByteBuffer response) {
        return response.getShort(response.position() + 2) & RCODE;
    }

    /** Whether a message answers a query that was sent with {@code id}: same id, same question. */
    static boolean answers(ByteBuffer message, Query query, int id) {
        int at = message.position();
        if (message.remaining() < HEADER
                || (message.getShort(at) & 0xffff) != id
                || (message.getShort(at + 2) & QR) == 0) {
            return false;
        }
        // A server that refuses may leave the question out.
        if (message.getShort(at + 4) == 0) {
            return code(message) != NOERROR;
        }
        if (message.remaining() < HEADER + query.questionBytes()) {
            return false;
        }
        for (int i = 0; i < query.questionBytes(); i++) {
            int theirs = message.get(at + HEADER + i);
            if (Character.toLowerCase(theirs) != Character.toLowerCase(query.question.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static Query broken(int id, int flags, int code) {
        return new Query(id, flags, "", 0, ByteBuffer.allocate(0), OptionalInt.empty(), OptionalInt.of(code));
    }

    private static ByteBuffer start(Query query, int code, int answers, int capacity) {
        var buffer = ByteBuffer.allocate(capacity);
        buffer.putShort((short) query.id);
        buffer.putShort((short) (QR | (query.flags & (OPCODE | RD)) | AA | RA | code));
        buffer.putShort((short) (query.questionBytes() > 0 ? 1 : 0)).putShort((short) answers);
        buffer.putShort((short) 0).putShort((short) (query.ednsBytes.isPresent() ? 1 : 0));
        return buffer.put(query.question.duplicate());
    }

    private static ByteBuffer record(ByteBuffer buffer, int type) {
        return buffer.putShort((short) QUESTION_POINTER)
                .putShort((short) type)
                .putShort((short) CLASS_IN)
                .putInt(TTL_SECONDS);
    }

    private static ByteBuffer finish(ByteBuffer buffer, Query query) {
        if (query.ednsBytes.isPresent()) {
            buffer.put((byte) 0)
                    .putShort((short) TYPE_OPT)
                    .putShort((short) EDNS_UDP_BYTES)
                    .putInt(0)
                    .putShort((short) 0);
        }
        return buffer.flip();
    }

    /** A question's name; it has nothing before it that it could be compressed against. */
    private static String name(ByteBuffer buffer) {
        var name = new StringBuilder();
        while (true) {
            int length = buffer.get() & 0xff;
            if (length == 0) {
                return name.toString().toLowerCase(Locale.ROOT);
            }
            if (length > 63 || name.length() + length > MAX_NAME) {
                throw new IllegalArgumentException("name too long, or compressed");
            }
            if (!name.isEmpty()) {
                name.append('.');
            }
            var label = new byte[length];
            buffer.get(label);
            name.append(new String(label, StandardCharsets.ISO_8859_1));
        }
    }

    private static OptionalInt edns(ByteBuffer buffer) {
        int owner = buffer.get();
        int type = buffer.getShort() & 0xffff;
        int bytes = buffer.getShort() & 0xffff;
        return owner == 0 && type == TYPE_OPT ? OptionalInt.of(bytes) : OptionalInt.empty();
    }

    private static byte[] encode(String name) {
        var buffer = ByteBuffer.allocate(MAX_NAME + 2);
        for (var label : name.split("\\.", -1)) {
            var bytes = label.getBytes(StandardCharsets.ISO_8859_1);
            if (bytes.length == 0 || bytes.length > 63 || buffer.remaining() < bytes.length + 2) {
                break;
            }
            buffer.put((byte) bytes.length).put(bytes);
        }
        buffer.put((byte) 0);
        var encoded = new byte[buffer.flip().remaining()];
        buffer.get(encoded);
        return encoded;
    }
}
