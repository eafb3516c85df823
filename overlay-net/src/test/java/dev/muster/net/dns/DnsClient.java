package dev.muster.net.dns;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Asks as a stub resolver does, and reads what comes without the help of the code under test. */
public final class DnsClient {
    public static final int A = 1;
    public static final int PTR = 12;
    public static final int AAAA = 28;
    private static final int TIMEOUT_MILLIS = 4000;

    private DnsClient() {}

    /** An answer; {@code records} are addresses as text, or names for pointers, in the order they came. */
    public record Answer(int code, boolean truncated, List<String> records, int ttl) {}

    public static byte[] query(String name, int type, int ednsBytes) {
        var buffer = ByteBuffer.allocate(512);
        buffer.putShort((short) 4711).putShort((short) 0x0100).putShort((short) 1);
        buffer.putShort((short) 0).putShort((short) 0).putShort((short) (ednsBytes > 0 ? 1 : 0));
        for (var label : name.split("\\.", -1)) {
            if (!label.isEmpty()) {
                buffer.put((byte) label.length()).put(label.getBytes(StandardCharsets.US_ASCII));
            }
        }
        buffer.put((byte) 0).putShort((short) type).putShort((short) 1);
        if (ednsBytes > 0) {
            buffer.put((byte) 0)
                    .putShort((short) 41)
                    .putShort((short) ednsBytes)
                    .putInt(0)
                    .putShort((short) 0);
        }
        var bytes = new byte[buffer.flip().remaining()];
        buffer.get(bytes);
        return bytes;
    }

    public static Answer udp(String server, String name, int type) throws IOException {
        return udp(server, query(name, type, 0));
    }

    public static Answer udp(String server, byte[] query) throws IOException {
        try (var socket = new DatagramSocket()) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            var address = new InetSocketAddress(server, 53);
            socket.send(new DatagramPacket(query, query.length, address));
            var packet = new DatagramPacket(new byte[65535], 65535);
            socket.receive(packet);
            if (!packet.getSocketAddress().equals(address)) {
                throw new IOException("answer from " + packet.getSocketAddress());
            }
            return read(ByteBuffer.wrap(packet.getData(), 0, packet.getLength()));
        }
    }

    public static Answer tcp(String server, String name, int type) throws IOException {
        try (var socket = new Socket()) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.connect(new InetSocketAddress(server, 53), TIMEOUT_MILLIS);
            var query = query(name, type, 0);
            socket.getOutputStream()
                    .write(ByteBuffer.allocate(query.length + 2)
                            .putShort((short) query.length)
                            .put(query)
                            .array());
            var in = new DataInputStream(socket.getInputStream());
            return read(ByteBuffer.wrap(in.readNBytes(in.readUnsignedShort())));
        }
    }

    public static Answer read(ByteBuffer message) throws IOException {
        var buffer = message.slice();
        if (buffer.getShort() != 4711) {
            throw new IOException("wrong id");
        }
        int flags = buffer.getShort();
        int questions = buffer.getShort();
        int answers = buffer.getShort();
        buffer.position(12);
        for (int i = 0; i < questions; i++) {
            name(buffer);
            buffer.getInt();
        }
        var records = new ArrayList<String>();
        int ttl = -1;
        for (int i = 0; i < answers; i++) {
            name(buffer);
            int type = buffer.getShort();
            buffer.getShort();
            ttl = buffer.getInt();
            int length = buffer.getShort();
            if (type == PTR) {
                records.add(name(buffer));
            } else {
                var data = new byte[length];
                buffer.get(data);
                records.add(InetAddress.getByAddress(data).getHostAddress());
            }
        }
        return new Answer(flags & 0xf, (flags & 0x200) != 0, records, ttl);
    }

    private static String name(ByteBuffer buffer) {
        var name = new StringBuilder();
        while (true) {
            int length = buffer.get() & 0xff;
            if ((length & 0xc0) == 0xc0) {
                var target = buffer.duplicate().position(((length & 0x3f) << 8) | (buffer.get() & 0xff));
                return name + (name.isEmpty() ? "" : ".") + name(target);
            }
            if (length == 0) {
                return name.toString();
            }
            var label = new byte[length];
            buffer.get(label);
            name.append(name.isEmpty() ? "" : ".").append(new String(label, StandardCharsets.US_ASCII));
        }
    }
}
