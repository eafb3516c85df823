package dev.muster.manager.peer;

import dev.muster.pki.ManagerChannel;
import dev.muster.pki.TlsContexts;
import io.grpc.ManagedChannel;
import io.netty.channel.EventLoopGroup;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The channel to whichever manager leads, with this node's certificate of the moment. Kept while the leader stays; the
 * one to a former leader lets its calls end. Any thread.
 */
public final class LeaderLink implements AutoCloseable {
    private final TlsContexts tls;
    private final EventLoopGroup loops;
    private final Supplier<Optional<String>> leader;
    private @Nullable Connection current;
    private boolean closed;

    private record Connection(String address, ManagedChannel channel) {}

    /**
     * @param loops an epoll group; outlives this
     * @param leader HOST:PORT of the leading manager's gRPC; empty if it is this one or not known
     */
    public LeaderLink(TlsContexts tls, EventLoopGroup loops, Supplier<Optional<String>> leader) {
        this.tls = tls;
        this.loops = loops;
        this.leader = leader;
    }

    /** To the leader, as far as it is known now; empty if none is, or it is this manager. */
    synchronized Optional<ManagedChannel> channel() {
        var address = leader.get();
        if (closed || address.isEmpty()) {
            return Optional.empty();
        }
        var known = current;
        if (known == null || !known.address().equals(address.get())) {
            if (known != null) {
                known.channel().shutdown();
            }
            known = new Connection(address.get(), ManagerChannel.open(address.get(), tls.client(), loops));
            current = known;
        }
        return Optional.of(known.channel());
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (current != null) {
            current.channel().shutdownNow();
            try {
                var _ = current.channel().awaitTermination(1, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
