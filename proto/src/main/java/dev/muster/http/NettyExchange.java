package dev.muster.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** An exchange on a Netty channel. The connection tells it of a client that goes; everything else is the handler thread's. */
final class NettyExchange implements Exchange {
    private final Connection connection;
    private final HttpRequest request;
    private final QueryStringDecoder uri;
    private final InboundBytes body;
    private final HttpHeaders responseHeaders = new DefaultHttpHeaders();
    private final List<Runnable> onGone = new ArrayList<>();
    private boolean gone;
    private boolean answered;

    NettyExchange(Connection connection, HttpRequest request, InboundBytes body) {
        this.connection = connection;
        this.request = request;
        this.uri = new QueryStringDecoder(request.uri());
        this.body = body;
    }

    @Override
    public String method() {
        return request.method().name();
    }

    @Override
    public String path() {
        return uri.path();
    }

    @Override
    public String pathParameter(String name) {
        throw new IllegalArgumentException("the route has no {" + name + "}");
    }

    @Override
    public Optional<String> query(String name) {
        return queryAll(name).stream().findFirst();
    }

    @Override
    public List<String> queryAll(String name) {
        return uri.parameters().getOrDefault(name, List.of());
    }

    @Override
    public Optional<String> header(String name) {
        return Optional.ofNullable(request.headers().get(name));
    }

    @Override
    public InputStream body() {
        return body;
    }

    @Override
    public Exchange responseHeader(String name, String value) {
        responseHeaders.set(name, value);
        return this;
    }

    @Override
    public void respond(int status, String contentType, byte[] content) throws IOException {
        responseHeaders.set(HttpHeaderNames.CONTENT_TYPE, contentType);
        whole(status, content);
    }

    @Override
    public void respond(int status) throws IOException {
        whole(status, new byte[0]);
    }

    private void whole(int status, byte[] content) throws IOException {
        begin();
        boolean head = request.method().name().equals("HEAD");
        ByteBuf payload = head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(content);
        var response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), payload);
        response.headers().set(responseHeaders);
        if (status != 204 && status != 304) {
            response.headers().set(HttpHeaderNames.CONTENT_LENGTH, content.length);
        }
        if (!connection.staysOpenAfter(request)) {
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
        await(connection.channel().writeAndFlush(response));
    }

    @Override
    public OutputStream stream(int status, String contentType) throws IOException {
        begin();
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status));
        response.headers().set(responseHeaders);
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, contentType);
        response.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        await(connection.channel().writeAndFlush(response));
        connection.watchForClientGone();
        return new OutboundBytes(
                connection.channel(),
                DefaultHttpContent::new,
                () -> Connection.unattended(connection.channel().writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT)));
    }

    @Override
    public Duplex hijack(String contentType) throws IOException {
        begin();
        boolean upgrade = request.headers().containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
                && request.headers().contains(HttpHeaderNames.UPGRADE);
        StringBuilder head = new StringBuilder(upgrade ? "HTTP/1.1 101 UPGRADED\r\n" : "HTTP/1.1 200 OK\r\n");
        head.append("Content-Type: ").append(contentType).append("\r\n");
        if (upgrade) {
            head.append("Connection: Upgrade\r\nUpgrade: tcp\r\n");
        }
        responseHeaders.forEach(
                h -> head.append(h.getKey()).append(": ").append(h.getValue()).append("\r\n"));
        return connection.takeOver(head.append("\r\n").toString(), body);
    }

    private void begin() {
        if (answered) {
            throw new IllegalStateException("the request has been answered already");
        }
        answered = true;
    }

    static void await(ChannelFuture write) throws IOException {
        write.awaitUninterruptibly();
        if (!write.isSuccess()) {
            throw new IOException("the client has closed the connection", write.cause());
        }
    }

    @Override
    public boolean answered() {
        return answered;
    }

    @Override
    public void onClientGone(Runnable action) {
        synchronized (onGone) {
            if (!gone) {
                onGone.add(action);
                return;
            }
        }
        action.run();
    }

    /** Event loop: the client has gone. Actions are short or start a thread. */
    void clientGone() {
        List<Runnable> actions;
        synchronized (onGone) {
            if (gone) {
                return;
            }
            gone = true;
            actions = List.copyOf(onGone);
        }
        actions.forEach(Runnable::run);
    }

    @Override
    public Exchange at(String path) {
        return new RoutedExchange(this, path, java.util.Map.of());
    }
}
