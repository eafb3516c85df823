package dev.muster.net.dns;

import dev.muster.net.link.NetworkNamespace;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A name server on port 53 of an address: every name ending in "known" is 192.0.2.55; "large.known" is truncated over
 * UDP; what ends in "broken" earns SERVFAIL; nothing else exists.
 */
public final class OutsideDns implements AutoCloseable {
    private final DatagramSocket udp;
    private final ServerSocket tcp;
    private final AtomicInteger queries = new AtomicInteger();

    private OutsideDns(DatagramSocket udp, ServerSocket tcp) {
        this.udp = udp;
        this.tcp = tcp;
    }

    public static OutsideDns start(NetworkNamespace where, String address) {
        var server = where.call(() -> {
            try {
                var bound = new InetSocketAddress(address, 53);
                var tcp = new ServerSocket();
                tcp.setReuseAddress(true);
                tcp.bind(bound);
                return new OutsideDns(new DatagramSocket(bound), tcp);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        Thread.ofPlatform().daemon().start(server::serveUdp);
        Thread.ofPlatform().daemon().start(server::serveTcp);
        return server;
    }

    public int queries() {
        return queries.get();
    }

    private void serveUdp() {
        try {
            while (true) {
                var packet = new DatagramPacket(new byte[4096], 4096);
                udp.receive(packet);
                var answer = answer(ByteBuffer.wrap(packet.getData(), 0, packet.getLength()), false);
                udp.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void serveTcp() {
        try {
            while (true) {
                try (var client = tcp.accept()) {
                    var in = new DataInputStream(client.getInputStream());
                    var answer = answer(ByteBuffer.wrap(in.readNBytes(in.readUnsignedShort())), true);
                    client.getOutputStream()
                            .write(ByteBuffer.allocate(answer.length + 2)
                                    .putShort((short) answer.length)
                                    .put(answer)
                                    .array());
                }
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private byte[] answer(ByteBuffer message, boolean byTcp) throws IOException {
        queries.incrementAndGet();
        var query = DnsMessage.parse(message).orElseThrow();
        boolean known = query.name().endsWith("known");
        boolean truncated = query.name().equals("large.known") && !byTcp;
        int code = query.name().endsWith("broken") ? 2 : known ? 0 : 3;
        int answers = known && !truncated ? 1 : 0;
        var buffer = ByteBuffer.allocate(512);
        buffer.putShort((short) query.id()).putShort((short) (0x8180 | (truncated ? 0x200 : 0) | code));
        buffer.putShort((short) 1)
                .putShort((short) answers)
                .putInt(0)
                .put(query.question().duplicate());
        if (answers > 0) {
            buffer.putShort((short) 0xc00c)
                    .putShort((short) 1)
                    .putShort((short) 1)
                    .putInt(60)
                    .putShort((short) 4);
            buffer.put(InetAddress.ofLiteral("192.0.2.55").getAddress());
        }
        var bytes = new byte[buffer.flip().remaining()];
        buffer.get(bytes);
        return bytes;
    }

    @Override
    public void close() {
        udp.close();
        try {
            tcp.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
