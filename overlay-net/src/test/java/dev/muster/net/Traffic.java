package dev.muster.net;

import dev.muster.net.link.NetworkNamespace;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Small servers and clients inside namespaces. A server answers with its name and the address it was called from. */
final class Traffic implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 3000;

    private final List<AutoCloseable> open = new ArrayList<>();

    /** Serves TCP: one line per line received, so that a connection can be kept. */
    void serveTcp(NetworkNamespace namespace, int port, String name) {
        var server = namespace.call(() -> {
            try {
                var socket = new ServerSocket();
                socket.setReuseAddress(true);
                socket.bind(new InetSocketAddress((InetAddress) null, port));
                return socket;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        open.add(server);
        Thread.ofPlatform().daemon().start(() -> {
            while (!server.isClosed()) {
                try {
                    var client = server.accept();
                    Thread.ofVirtual().start(() -> answer(client, name));
                } catch (IOException e) {
                    return;
                }
            }
        });
    }

    private static void answer(Socket client, String name) {
        try (client;
                var in = new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8))) {
            while (in.readLine() != null) {
                var line = name + " " + client.getInetAddress().getHostAddress() + "\n";
                client.getOutputStream().write(line.getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            // The client has gone.
        }
    }

    void serveUdp(NetworkNamespace namespace, int port, String name) {
        var channel = namespace.call(() -> {
            try {
                return DatagramChannel.open(StandardProtocolFamily.INET).bind(new InetSocketAddress(port));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        open.add(channel);
        Thread.ofPlatform().daemon().start(() -> {
            var buffer = ByteBuffer.allocate(2048);
            while (channel.isOpen()) {
                try {
                    buffer.clear();
                    var from = (InetSocketAddress) channel.receive(buffer);
                    var line = name + " " + from.getAddress().getHostAddress();
                    channel.send(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)), from);
                } catch (IOException e) {
                    return;
                }
            }
        });
    }

    /** A connection that stays. */
    static final class Call implements AutoCloseable {
        private final Socket socket;
        private final BufferedReader in;

        private Call(Socket socket) throws IOException {
            this.socket = socket;
            this.in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        }

        String ask() {
            try {
                socket.getOutputStream().write('\n');
                var line = in.readLine();
                return line == null ? "closed" : line;
            } catch (IOException e) {
                return e.toString();
            }
        }

        @Override
        public void close() {
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    static Call call(NetworkNamespace from, String address, int port) {
        return from.call(() -> {
            var socket = new Socket();
            try {
                socket.setSoTimeout(TIMEOUT_MILLIS);
                socket.connect(new InetSocketAddress(address, port), TIMEOUT_MILLIS);
                return new Call(socket);
            } catch (IOException e) {
                try {
                    socket.close();
                } catch (IOException again) {
                    e.addSuppressed(again);
                }
                throw new UncheckedIOException(e);
            }
        });
    }

    /** The server's line, or what went wrong in Java's words. */
    static String ask(NetworkNamespace from, String address, int port) {
        try (var call = call(from, address, port)) {
            return call.ask();
        } catch (UncheckedIOException e) {
            return String.valueOf(e.getCause().getMessage());
        }
    }

    static String askUdp(NetworkNamespace from, String address, int port) {
        try (var socket = udp(from, address, port)) {
            return ask(socket);
        }
    }

    /** A socket that can be asked again and again from the same port. */
    static DatagramSocket udp(NetworkNamespace from, String address, int port) {
        return from.call(() -> {
            try {
                var socket = new DatagramSocket();
                socket.setSoTimeout(TIMEOUT_MILLIS);
                socket.connect(new InetSocketAddress(address, port));
                return socket;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    static String ask(DatagramSocket socket) {
        try {
            socket.send(new DatagramPacket(new byte[] {1}, 1));
            var packet = new DatagramPacket(new byte[2048], 2048);
            socket.receive(packet);
            return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);
        } catch (PortUnreachableException e) {
            return "unreachable";
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    @Override
    public void close() {
        for (var closeable : open) {
            try {
                closeable.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
