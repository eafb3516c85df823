package dev.muster.net.dns;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;

/**
 * The sockets of one sandbox's resolver at 127.0.0.11, on ports that stay the same when the daemon restarts. They
 * belong to the network namespace of the thread that opens them, whichever thread uses them.
 */
public record ResolverSockets(DatagramChannel udp, ServerSocketChannel tcp) implements AutoCloseable {
    public static final InetAddress ADDRESS = literal(127, 0, 0, 11);
    private static final int BACKLOG = 16;

    /**
     * Opens them in the namespace of the calling thread.
     *
     * @param udpPort wanted; 0, or taken meanwhile: any free one
     * @param tcpPort likewise
     */
    public static ResolverSockets open(int udpPort, int tcpPort) {
        try {
            var udp = DatagramChannel.open(StandardProtocolFamily.INET);
            bind(udpPort, udp::bind);
            udp.configureBlocking(false);
            var tcp = ServerSocketChannel.open(StandardProtocolFamily.INET);
            tcp.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            bind(tcpPort, address -> tcp.bind(address, BACKLOG));
            tcp.configureBlocking(false);
            return new ResolverSockets(udp, tcp);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot listen at " + ADDRESS.getHostAddress() + " in a sandbox", e);
        }
    }

    public int udpPort() {
        return udp.socket().getLocalPort();
    }

    public int tcpPort() {
        return tcp.socket().getLocalPort();
    }

    @Override
    public void close() {
        try {
            udp.close();
            tcp.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void bind(int port, Binding binding) throws IOException {
        try {
            binding.to(new InetSocketAddress(ADDRESS, port));
        } catch (BindException e) {
            if (port == 0) {
                throw e;
            }
            binding.to(new InetSocketAddress(ADDRESS, 0));
        }
    }

    private static InetAddress literal(int... octets) {
        try {
            return InetAddress.getByAddress(
                    new byte[] {(byte) octets[0], (byte) octets[1], (byte) octets[2], (byte) octets[3]});
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private interface Binding {
        void to(InetSocketAddress address) throws IOException;
    }
}
