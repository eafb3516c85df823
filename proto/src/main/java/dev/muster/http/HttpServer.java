package dev.muster.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Serves one {@link Handler} on any number of listeners. Thread-safe. One event loop moves the bytes; each request has a virtual
 * thread.
 *
 * <p>A unix socket is for root alone (mode 0600, made before anyone can connect): who may open it may do everything.
 */
public final class HttpServer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(HttpServer.class.getName());

    /** A request line or a header may be this long: X-Registry-Auth with an identity token takes several KiB. */
    private static final int LONGEST_LINE_BYTES = 32 * 1024;

    private static final int LARGEST_HEADERS_BYTES = 128 * 1024;
    private static final int LARGEST_CHUNK_BYTES = 64 * 1024;

    private final EventLoopGroup events = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final ExecutorService handlers = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("http-", 0).factory());
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final List<Path> sockets = new ArrayList<>();
    private final Service service;

    public HttpServer(Handler root) {
        this.service = new Service(root);
    }

    /**
     * Listens on a unix socket; a stale socket file is replaced.
     *
     * @throws UncheckedIOException when the path is in use by a live listener, too long, or not writable
     */
    public synchronized void listen(Path socket) {
        try {
            if (Files.exists(socket)) {
                Files.delete(socket);
            }
            bind(EpollServerDomainSocketChannel.class, new DomainSocketAddress(socket.toString()), null);
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
            sockets.add(socket);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot listen on " + socket + ": " + e.getMessage(), e);
        }
    }

    /**
     * Listens on TCP with TLS.
     *
     * @return the bound address, with the port that was chosen where 0 was asked for
     */
    public synchronized InetSocketAddress listen(InetSocketAddress address, SslContext tls) {
        try {
            return (InetSocketAddress)
                    bind(EpollServerSocketChannel.class, address, tls).localAddress();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot listen on " + address + ": " + e.getMessage(), e);
        }
    }

    private Channel bind(Class<? extends ServerChannel> type, SocketAddress address, @Nullable SslContext tls)
            throws IOException {
        var bound = new ServerBootstrap()
                .group(events)
                .channel(type)
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        if (tls != null) {
                            channel.pipeline().addLast(tls.newHandler(channel.alloc()));
                        }
                        channel.pipeline()
                                .addLast(new HttpServerCodec(
                                        LONGEST_LINE_BYTES, LARGEST_HEADERS_BYTES, LARGEST_CHUNK_BYTES))
                                .addLast(new Connection(channel, handlers, service));
                        connections.add(channel);
                    }
                })
                .bind(address)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException(bound.cause().getMessage(), bound.cause());
        }
        connections.add(bound.channel());
        return bound.channel();
    }

    /** Stops listening, breaks what is open, and removes its socket files. */
    @Override
    public synchronized void close() {
        connections.close().awaitUninterruptibly();
        handlers.shutdownNow();
        events.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
        for (Path socket : sockets) {
            try {
                Files.deleteIfExists(socket);
            } catch (IOException e) {
                LOG.log(System.Logger.Level.WARNING, "cannot remove {0}: {1}", socket, e.getMessage());
            }
        }
    }

    /** Runs the handler and turns what it throws into a response. */
    static final class Service {
        private final Handler root;

        Service(Handler root) {
            this.root = root;
        }

        /** Returns whether the connection can serve another request. */
        boolean serve(Exchange exchange) {
            try {
                root.handle(exchange);
                if (!exchange.answered()) {
                    throw new IllegalStateException(exchange.method() + " " + exchange.path() + " was not answered");
                }
                return true;
            } catch (HttpFailure failure) {
                return fail(exchange, failure.status(), failure.text());
            } catch (IOException gone) {
                LOG.log(
                        System.Logger.Level.DEBUG,
                        "{0} {1}: {2}",
                        exchange.method(),
                        exchange.path(),
                        gone.getMessage());
                return false;
            } catch (RuntimeException | Error broken) {
                LOG.log(System.Logger.Level.ERROR, exchange.method() + " " + exchange.path() + " failed", broken);
                String message = broken.getMessage();
                return fail(exchange, 500, message == null ? broken.getClass().getSimpleName() : message);
            }
        }

        private static boolean fail(Exchange exchange, int status, String message) {
            if (exchange.answered()) {
                return false;
            }
            try {
                String json = "{\"message\":" + JsonText.quote(message) + "}";
                exchange.respond(status, "application/json", json.getBytes(StandardCharsets.UTF_8));
                return true;
            } catch (IOException gone) {
                return false;
            }
        }
    }
}
