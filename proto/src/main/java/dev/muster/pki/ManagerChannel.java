package dev.muster.pki;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.ssl.SslContext;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** gRPC channels to managers, all set up alike. */
public final class ManagerChannel {
    /** Bound of one gRPC message between nodes: what one Raft entry may hold, and its framing. */
    public static final int MAX_MESSAGE_BYTES = 17 * 1024 * 1024;

    /** A peer that is cut off without a word is noticed after these two. */
    private static final long KEEPALIVE_SECONDS = 10;

    private static final long KEEPALIVE_TIMEOUT_SECONDS = 5;

    private ManagerChannel() {}

    /**
     * Connects at the first call, and again after each loss. The group must be an epoll one and outlives the channel.
     *
     * @throws IllegalArgumentException if the address is not HOST:PORT
     */
    public static ManagedChannel open(String address, SslContext tls, EventLoopGroup loops) {
        return builder(ManagerAddress.parse(address), tls)
                .eventLoopGroup(loops)
                .channelType(EpollSocketChannel.class, InetSocketAddress.class)
                .keepAliveTime(KEEPALIVE_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(KEEPALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .build();
    }

    /** A channel for a few calls: gRPC's own shared event loops, which it drops when nothing uses them. */
    static ManagedChannel brief(ManagerAddress address, SslContext tls) {
        return builder(address, tls).build();
    }

    private static NettyChannelBuilder builder(ManagerAddress address, SslContext tls) {
        return NettyChannelBuilder.forAddress(address.host(), address.port())
                .sslContext(tls)
                .maxInboundMessageSize(MAX_MESSAGE_BYTES);
    }
}
