package dev.muster.http;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the handler for a method and a path. Patterns are literal segments and {@code {name}}s of one segment each; a last
 * {@code {name...}} takes the rest, and may be followed by literal segments. More literal patterns win, then earlier ones.
 * Routes are added before the server starts; afterwards it is only read.
 */
public final class Router implements Handler {
    private record Route(String method, List<String> segments, Handler handler) {
        int literals() {
            return (int) segments.stream().filter(s -> !s.startsWith("{")).count();
        }
    }

    private final List<Route> routes = new ArrayList<>();

    /**
     * Adds a route.
     *
     * @param method in upper case; a {@code GET} route does not serve {@code HEAD}
     * @param pattern like {@code /services/{id}/update}
     */
    public Router add(String method, String pattern, Handler handler) {
        if (!pattern.startsWith("/")) {
            throw new IllegalArgumentException("a route's pattern begins with a slash: " + pattern);
        }
        routes.add(new Route(method, split(pattern), handler));
        routes.sort((a, b) -> Integer.compare(b.literals(), a.literals()));
        return this;
    }

    @Override
    public void handle(Exchange exchange) throws IOException {
        List<String> path = split(exchange.path());
        for (Route route : routes) {
            if (!route.method.equals(exchange.method())) {
                continue;
            }
            Optional<Map<String, String>> parameters = match(route.segments, path);
            if (parameters.isPresent()) {
                route.handler.handle(new RoutedExchange(exchange, exchange.path(), parameters.get()));
                return;
            }
        }
        throw new HttpFailure(404, "page not found");
    }

    private static Optional<Map<String, String>> match(List<String> pattern, List<String> path) {
        Map<String, String> parameters = new HashMap<>();
        int at = 0;
        for (int i = 0; i < pattern.size(); i++) {
            String segment = pattern.get(i);
            if (segment.endsWith("...}")) {
                int end = path.size() - (pattern.size() - i - 1);
                if (end <= at) {
                    return Optional.empty();
                }
                parameters.put(segment.substring(1, segment.length() - 4), String.join("/", path.subList(at, end)));
                at = end;
            } else if (at >= path.size()) {
                return Optional.empty();
            } else if (segment.startsWith("{")) {
                parameters.put(segment.substring(1, segment.length() - 1), path.get(at++));
            } else if (!segment.equals(path.get(at++))) {
                return Optional.empty();
            }
        }
        return at == path.size() ? Optional.of(parameters) : Optional.empty();
    }

    private static List<String> split(String path) {
        return List.of((path.startsWith("/") ? path.substring(1) : path).split("/", -1));
    }
}
