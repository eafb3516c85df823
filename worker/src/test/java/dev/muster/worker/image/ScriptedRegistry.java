package dev.muster.worker.image;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/** A registry on plain http that misbehaves as told: for what a real one does only on a bad day. */
final class ScriptedRegistry implements AutoCloseable {

    /** Answers one request. */
    @FunctionalInterface
    interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    private final HttpServer server;
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();

    ScriptedRegistry() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    String host() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    ScriptedRegistry on(String path, Answer answer) {
        answers.put(path, answer);
        return this;
    }

    /** "METHOD path?query authorization" of each request so far. */
    List<String> requests() {
        return requests;
    }

    private void handle(HttpExchange exchange) throws IOException {
        String authorization = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
        requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " " + authorization);
        Answer answer = answers.get(exchange.getRequestURI().getPath());
        try (exchange) {
            if (answer == null) {
                exchange.sendResponseHeaders(404, -1);
            } else {
                answer.to(exchange);
            }
        }
    }

    static Answer text(int status, String body, String... headers) {
        return bytes(status, body.getBytes(StandardCharsets.UTF_8), headers);
    }

    static Answer bytes(int status, byte[] body, String... headers) {
        return exchange -> {
            for (int i = 0; i < headers.length; i += 2) {
                exchange.getResponseHeaders().add(headers[i], headers[i + 1]);
            }
            boolean head = exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(status, head || body.length == 0 ? -1 : body.length);
            if (!head) {
                exchange.getResponseBody().write(body);
            }
        };
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
