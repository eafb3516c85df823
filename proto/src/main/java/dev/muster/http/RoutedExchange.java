package dev.muster.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An exchange with another path, and with what a route's pattern matched. */
record RoutedExchange(Exchange inner, String path, Map<String, String> parameters) implements Exchange {
    @Override
    public String method() {
        return inner.method();
    }

    @Override
    public String pathParameter(String name) {
        String value = parameters.get(name);
        return value != null ? value : inner.pathParameter(name);
    }

    @Override
    public Optional<String> query(String name) {
        return inner.query(name);
    }

    @Override
    public List<String> queryAll(String name) {
        return inner.queryAll(name);
    }

    @Override
    public Optional<String> header(String name) {
        return inner.header(name);
    }

    @Override
    public InputStream body() {
        return inner.body();
    }

    @Override
    public Exchange responseHeader(String name, String value) {
        inner.responseHeader(name, value);
        return this;
    }

    @Override
    public void respond(int status, String contentType, byte[] body) throws IOException {
        inner.respond(status, contentType, body);
    }

    @Override
    public void respond(int status) throws IOException {
        inner.respond(status);
    }

    @Override
    public OutputStream stream(int status, String contentType) throws IOException {
        return inner.stream(status, contentType);
    }

    @Override
    public Duplex hijack(String contentType) throws IOException {
        return inner.hijack(contentType);
    }

    @Override
    public boolean answered() {
        return inner.answered();
    }

    @Override
    public void onClientGone(Runnable action) {
        inner.onClientGone(action);
    }

    @Override
    public Exchange at(String path) {
        return new RoutedExchange(inner, path, parameters);
    }
}
