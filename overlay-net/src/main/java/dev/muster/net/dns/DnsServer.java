package dev.muster.net.dns;

import dev.muster.net.link.NetworkNamespace;
import dev.muster.net.plan.Ipv4;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The resolver of all sandboxes of this node: one thread, in the host's network namespace, however many there are.
 * Queries that come before the first {@link #names} wait in their sockets. Methods may be called from any thread.
 */
public final class DnsServer implements AutoCloseable {
    /** Queries on their way to other servers at any time; beyond that clients are told to try again. */
    private static final int MAX_FORWARDED = 1024;

    private static final int MAX_FORWARDED_PER_SANDBOX = 128;
    private static final int CLOSE_MILLIS = 5000;

    private final Loop loop;
    private final Thread thread;
    private final RandomGenerator random;
    private final Supplier<List<InetAddress>> hostServers;

    // Of the loop's thread.
    private final Map<String, Listener> listeners = new HashMap<>();
    private @Nullable Map<String, NetworkNames> names;
    private int forwarded;
    private int rotation;

    private DnsServer(
            NetworkNamespace host,
            LongSupplier nanoClock,
            RandomGenerator random,
            Supplier<List<InetAddress>> hostServers) {
        this.loop = new Loop(nanoClock);
        this.random = random;
        this.hostServers = hostServers;
        this.thread = host.thread("overlay dns", loop::run);
    }

    /**
     * Starts one that knows no names yet.
     *
     * @param host whence other servers are asked
     * @param random must not be guessable
     * @param hostServers the host's resolvers as they are now; called on the resolver's thread
     */
    public static DnsServer start(
            NetworkNamespace host,
            LongSupplier nanoClock,
            RandomGenerator random,
            Supplier<List<InetAddress>> hostServers) {
        var server = new DnsServer(host, nanoClock, random, hostServers);
        server.thread.start();
        return server;
    }

    /** Answers a sandbox from now on; its sockets belong to this server. */
    public void serve(String id, ResolverSockets sockets, SandboxView view) {
        loop.execute(() -> {
            var listener = new Listener(this, loop, sockets, view);
            listeners.put(id, listener);
            if (names != null) {
                listener.start();
            }
        });
    }

    /** Closes a sandbox's sockets; returns when they are closed, for they keep its namespace alive. */
    public void drop(String id) {
        var done = new CountDownLatch(1);
        loop.execute(() -> {
            var listener = listeners.remove(id);
            if (listener != null) {
                listener.close();
            }
            done.countDown();
        });
        try {
            if (!done.await(CLOSE_MILLIS, TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException("the resolver's thread does not answer");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Answers from these names from now on; {@code current} has all networks by id. */
    public void names(Map<String, NetworkNames> current) {
        var copy = Map.copyOf(current);
        loop.execute(() -> {
            boolean first = names == null;
            names = copy;
            if (first) {
                listeners.values().forEach(Listener::start);
            }
        });
    }

    /**
     * Answers one message, now or when another server has; not at all if it is no query.
     *
     * @param tcp whether it came by TCP
     */
    void resolve(Listener listener, ByteBuffer message, boolean tcp, Consumer<ByteBuffer> answer) {
        var parsed = DnsMessage.parse(message);
        if (parsed.isEmpty()) {
            return;
        }
        var query = parsed.get();
        if (query.problem().isPresent()) {
            answer.accept(DnsMessage.empty(query, query.problem().getAsInt()));
            return;
        }
        switch (Resolution.of(query, listener.view(), names == null ? Map.of() : names)) {
            case Resolution.Addresses(var addresses) -> {
                int bytes = tcp ? Short.MAX_VALUE : DnsMessage.maxUdpBytes(query);
                answer.accept(DnsMessage.addresses(query, rotated(addresses), bytes));
            }
            case Resolution.Pointer(var name) -> answer.accept(DnsMessage.pointer(query, name));
            case Resolution.Unknown nobody -> answer.accept(DnsMessage.empty(query, DnsMessage.NXDOMAIN));
            case Resolution.Elsewhere outside -> forward(listener, query, message, tcp, answer);
        }
    }

    private void forward(
            Listener listener, DnsMessage.Query query, ByteBuffer message, boolean tcp, Consumer<ByteBuffer> answer) {
        if (forwarded >= MAX_FORWARDED || listener.forwards().size() >= MAX_FORWARDED_PER_SANDBOX) {
            answer.accept(DnsMessage.empty(query, DnsMessage.SERVFAIL));
            return;
        }
        var kept = ByteBuffer.allocate(message.remaining())
                .put(message.duplicate())
                .flip();
        var own = listener.view().servers();
        var request = new Forward.Request(
                query,
                kept,
                tcp,
                own.isEmpty() ? hostServers.get() : own,
                own.isEmpty() ? new HostOrigin() : new SandboxOrigin(listener.view()),
                random.nextInt(0x10000));
        forwarded++;
        var self = new Forward[1];
        self[0] = new Forward(loop, request, response -> {
            forwarded--;
            listener.forwards().remove(self[0]);
            answer.accept(response);
        });
        listener.forwards().add(self[0]);
        self[0].next();
    }

    /** Forwards that nobody waits for have been given up. */
    void abandoned(int count) {
        forwarded -= count;
    }

    private List<Ipv4> rotated(List<Ipv4> addresses) {
        if (addresses.size() < 2) {
            return addresses;
        }
        int first = Math.floorMod(rotation++, addresses.size());
        var turned = new ArrayList<Ipv4>(addresses.size());
        turned.addAll(addresses.subList(first, addresses.size()));
        turned.addAll(addresses.subList(0, first));
        return turned;
    }

    @Override
    public void close() {
        loop.execute(() -> {
            listeners.values().forEach(Listener::close);
            listeners.clear();
            loop.close();
        });
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static ProtocolFamily family(InetAddress address) {
        return address instanceof Inet6Address ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
    }

    /** The loop's thread is in the host's namespace, and so is what it opens. */
    private static final class HostOrigin implements Forward.Origin {
        @Override
        public DatagramChannel datagram(InetAddress server) throws IOException {
            return DatagramChannel.open(family(server));
        }

        @Override
        public SocketChannel stream(InetAddress server) throws IOException {
            return SocketChannel.open(family(server));
        }
    }

    /** Servers that a container names itself may be ones that only it can reach. */
    private record SandboxOrigin(SandboxView view) implements Forward.Origin {
        @Override
        public DatagramChannel datagram(InetAddress server) throws IOException {
            return inside(() -> DatagramChannel.open(family(server)));
        }

        @Override
        public SocketChannel stream(InetAddress server) throws IOException {
            return inside(() -> SocketChannel.open(family(server)));
        }

        private <T> T inside(Opening<T> opening) throws IOException {
            try (var namespace = NetworkNamespace.open(view.netns())) {
                return namespace.call(() -> {
                    try {
                        return opening.open();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
            } catch (UncheckedIOException e) {
                throw e.getCause();
            }
        }

        private interface Opening<T> {
            T open() throws IOException;
        }
    }
}
