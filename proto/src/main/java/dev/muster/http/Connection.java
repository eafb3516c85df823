package dev.muster.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One client connection: requests one after another, each on its own virtual thread. Fields are the event loop's; handler threads
 * reach them only through {@code channel.eventLoop().execute}. Reads happen on demand: for the next request, for a body that its
 * handler is reading, and to notice a client that leaves during a streamed response.
 */
final class Connection extends ChannelInboundHandlerAdapter {
    private final Channel channel;
    private final Executor handlers;
    private final HttpServer.Service service;
    private final ArrayDeque<HttpObject> early = new ArrayDeque<>();
    private @Nullable NettyExchange current;
    private @Nullable InboundBytes body;
    private boolean taken;
    private boolean inputShutDown;
    private volatile boolean clientGone;

    Connection(Channel channel, Executor handlers, HttpServer.Service service) {
        this.channel = channel;
        this.handlers = handlers;
        this.service = service;
    }

    Channel channel() {
        return channel;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        context.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        InboundBytes receiving = body;
        if (taken && message instanceof ByteBuf bytes && receiving != null) {
            receiving.offer(bytes);
        } else if (message instanceof HttpObject object && !taken) {
            early.add(object);
            advance();
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    /** Hands on what has been decoded, as far as the exchange in progress allows. */
    private void advance() {
        while (!early.isEmpty()) {
            if (early.getFirst() instanceof HttpRequest && current != null) {
                return;
            }
            HttpObject next = early.removeFirst();
            if (next.decoderResult().isFailure()) {
                ReferenceCountUtil.release(next);
                refuse();
                return;
            }
            if (next instanceof HttpRequest request) {
                begin(request);
            }
            if (next instanceof HttpContent content) {
                feed(content);
            }
        }
    }

    private void begin(HttpRequest request) {
        InboundBytes incoming = new InboundBytes(() -> channel.eventLoop().execute(this::readMore));
        NettyExchange exchange = new NettyExchange(this, request, incoming);
        body = incoming;
        current = exchange;
        if (HttpUtil.is100ContinueExpected(request)) {
            unattended(channel.writeAndFlush(new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER)));
        }
        boolean keep = staysOpenAfter(request);
        handlers.execute(() -> {
            boolean reusable = service.serve(exchange) && keep;
            channel.eventLoop().execute(() -> finished(reusable));
        });
    }

    private void feed(HttpContent content) {
        InboundBytes receiving = body;
        if (receiving == null) {
            content.release();
            return;
        }
        if (content.content().isReadable()) {
            receiving.offer(content.content());
        } else {
            content.release();
        }
        if (content instanceof LastHttpContent) {
            receiving.end();
        }
    }

    /** A handler is done. Its body must have been read to the end for the connection to serve another request. */
    private void finished(boolean reusable) {
        if (taken) {
            return;
        }
        InboundBytes received = body;
        boolean bodyEnded = received == null || received.ended();
        if (received != null) {
            received.close();
        }
        current = null;
        body = null;
        if (!reusable || !bodyEnded || clientGone) {
            unattended(channel.close());
            return;
        }
        advance();
        if (current == null) {
            readMore();
        }
    }

    private void refuse() {
        var response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.BAD_REQUEST,
                Unpooled.copiedBuffer("{\"message\":\"malformed HTTP request\"}", StandardCharsets.UTF_8));
        response.headers().set("Content-Type", "application/json").set("Connection", "close");
        HttpUtil.setContentLength(response, response.content().readableBytes());
        unattended(channel.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE));
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        InboundBytes receiving = body;
        if ((current == null && !taken) || (receiving != null && receiving.wantsMore())) {
            readMore();
        }
    }

    /**
     * Event loop. Nothing can come after the client's half-close, and Netty breaks the channel when it is asked to look again: since
     * 4.2.13 it takes a socket that waits for nothing out of epoll and then fails to put it back.
     */
    private void readMore() {
        if (!inputShutDown) {
            channel.read();
        }
    }

    /** Whether the connection serves another request after this one, as far as the client is concerned. */
    boolean staysOpenAfter(HttpRequest request) {
        return HttpUtil.isKeepAlive(request);
    }

    /** Handler thread: reads on, so that a client which leaves during a long response is noticed. */
    void watchForClientGone() {
        channel.eventLoop().execute(this::readMore);
    }

    /** Handler thread: stops speaking HTTP on this connection. */
    Duplex takeOver(String head, InboundBytes request) throws IOException {
        InboundBytes input = new InboundBytes(() -> channel.eventLoop().execute(this::readMore));
        var switched = channel.eventLoop().submit(() -> {
            taken = true;
            body = input;
            // Bytes that came behind the request leave the codec as it goes, as raw buffers.
            channel.pipeline().remove(HttpServerCodec.class);
            unattended(channel.writeAndFlush(Unpooled.copiedBuffer(head, StandardCharsets.ISO_8859_1)));
            while (!early.isEmpty()) {
                if (early.removeFirst() instanceof HttpContent content) {
                    input.offer(content.content());
                }
            }
        });
        switched.awaitUninterruptibly();
        if (!switched.isSuccess()) {
            throw new IOException("cannot take over the connection", switched.cause());
        }
        request.close();
        var output = new OutboundBytes(
                channel, bytes -> bytes, () -> unattended(((DuplexChannel) channel).shutdownOutput()));
        return new Duplex(input, output, () -> unattended(channel.close()));
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            inputShutDown = true;
            if (taken) {
                InboundBytes receiving = body;
                if (receiving != null) {
                    receiving.end();
                }
            } else {
                gone();
                if (current == null) {
                    unattended(context.close());
                }
            }
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        gone();
        early.forEach(ReferenceCountUtil::release);
        early.clear();
    }

    private void gone() {
        clientGone = true;
        InboundBytes receiving = body;
        if (receiving != null) {
            receiving.fail(new IOException("the client has closed the connection"));
        }
        NettyExchange exchange = current;
        if (exchange != null) {
            exchange.clientGone();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        unattended(context.close());
    }

    /** For what nobody waits for: when it fails the channel is closed, and everyone concerned hears of that. */
    static void unattended(Future<?> operation) {
        Objects.requireNonNull(operation);
    }
}
