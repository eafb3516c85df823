package dev.muster.manager;

import dev.muster.pki.ManagerChannel;
import dev.muster.pki.TlsContexts;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerInterceptor;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The gRPC server of a manager. Calls run on virtual threads, so they may block; the event loops, which are the
 * daemon's, only move bytes.
 */
final class ManagerServer implements AutoCloseable {
    /** A connection belongs to one node: it has a session, assignments, logs and a few calls open at a time. */
    private static final int MAX_CALLS_PER_CONNECTION = 256;

    /** Headers hold a path and little else. */
    private static final int MAX_METADATA_BYTES = 16 * 1024;

    private static final long HANDSHAKE_SECONDS = 10;

    /** More often than this a peer need not ask whether we are alive. */
    private static final long LEAST_KEEPALIVE_SECONDS = 5;

    private static final long KEEPALIVE_SECONDS = 20;
    private static final long KEEPALIVE_TIMEOUT_SECONDS = 10;
    private static final long CLOSE_SECONDS = 2;

    private final Server server;
    private final ExecutorService calls;

    private ManagerServer(Server server, ExecutorService calls) {
        this.server = server;
        this.calls = calls;
    }

    /** Listens when this returns. */
    static ManagerServer start(
            InetSocketAddress listen,
            TlsContexts tls,
            EventLoopGroup loops,
            ServerInterceptor access,
            List<? extends BindableService> services) {
        var calls = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("grpc-call-", 0).factory());
        var builder = NettyServerBuilder.forAddress(listen)
                .channelType(EpollServerSocketChannel.class)
                .bossEventLoopGroup(loops)
                .workerEventLoopGroup(loops)
                .executor(calls)
                .sslContext(tls.server())
                .intercept(access)
                .maxInboundMessageSize(ManagerChannel.MAX_MESSAGE_BYTES)
                .maxInboundMetadataSize(MAX_METADATA_BYTES)
                .maxConcurrentCallsPerConnection(MAX_CALLS_PER_CONNECTION)
                .handshakeTimeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS)
                .permitKeepAliveTime(LEAST_KEEPALIVE_SECONDS, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .keepAliveTime(KEEPALIVE_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(KEEPALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        services.forEach(builder::addService);
        try {
            return new ManagerServer(builder.build().start(), calls);
        } catch (IOException e) {
            calls.close();
            var cause = e.getCause() == null ? e : e.getCause();
            throw new ManagerFailure("cannot listen on " + text(listen) + ": " + cause.getMessage(), e);
        }
    }

    int port() {
        return server.getPort();
    }

    /** Calls that are under way get a moment to end. */
    @Override
    public void close() {
        server.shutdown();
        try {
            if (!server.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                server.shutdownNow().awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
        calls.shutdownNow();
    }

    private static String text(InetSocketAddress address) {
        return address.getHostString() + ":" + address.getPort();
    }
}
