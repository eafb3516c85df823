package dev.muster.worker.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Requests to one endpoint for one repository: answers its challenges, and follows its redirects without taking the
 * credentials along. Tokens live as long as this object. Thread safe.
 */
final class RegistrySession {

    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(30);
    private static final int REDIRECT_LIMIT = 5;
    private static final int TOKEN_LIMIT_BYTES = 1 << 20;
    private static final Pattern PARAMETER = Pattern.compile("(\\w+)=(?:\"([^\"]*)\"|([^\\s,\"]+))");

    private final HttpClient http;
    private final RegistryEndpoint endpoint;
    private final String repository;
    private final RegistryCredentials credentials;
    private volatile Optional<String> authorization = Optional.empty();

    /** Credentials are dropped here unless the endpoint is the image's own registry. */
    RegistrySession(HttpClient http, RegistryEndpoint endpoint, String repository, RegistryCredentials credentials) {
        this.http = http;
        this.endpoint = endpoint;
        this.repository = repository;
        this.credentials = endpoint.own() ? credentials : new RegistryCredentials.None();
    }

    RegistryEndpoint endpoint() {
        return endpoint;
    }

    /**
     * Sends a request below the repository; the caller closes the body.
     *
     * @param path below the repository: "manifests/latest"
     */
    HttpResponse<InputStream> send(String method, String path, Map<String, String> headers)
            throws IOException, InterruptedException {
        URI uri = URI.create(endpoint.base() + "/" + repository + "/" + path);
        HttpResponse<InputStream> response = sendOnce(uri, method, headers);
        if (response.statusCode() == 401 && answerChallenge(response)) {
            response.body().close();
            response = sendOnce(uri, method, headers);
        }
        for (int hops = 0; isRedirect(response.statusCode()); hops++) {
            response.body().close();
            if (hops == REDIRECT_LIMIT) {
                throw new IOException("more than " + REDIRECT_LIMIT + " redirects from " + endpoint.host());
            }
            URI next = target(response);
            response = sameOrigin(next, endpoint.base())
                    ? sendOnce(next, method, headers)
                    : http.send(request(next, method, headers).build(), HttpResponse.BodyHandlers.ofInputStream());
        }
        return response;
    }

    private HttpResponse<InputStream> sendOnce(URI uri, String method, Map<String, String> headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = request(uri, method, headers);
        endpoint.headers().forEach((name, values) -> values.forEach(value -> request.header(name, value)));
        boolean configured =
                endpoint.headers().keySet().stream().anyMatch(each -> each.equalsIgnoreCase("authorization"));
        if (!configured) {
            authorization.ifPresent(each -> request.header("Authorization", each));
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    }

    private static HttpRequest.Builder request(URI uri, String method, Map<String, String> headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(ANSWER_LIMIT)
                .header("User-Agent", "muster")
                .method(method, HttpRequest.BodyPublishers.noBody());
        headers.forEach(request::header);
        return request;
    }

    private static boolean isRedirect(int status) {
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    }

    private static URI target(HttpResponse<?> response) throws IOException {
        String location = response.headers().firstValue("Location").orElse("");
        URI next;
        try {
            next = response.uri().resolve(location);
        } catch (IllegalArgumentException e) {
            throw new IOException("redirect to '" + location + "', which is no address", e);
        }
        if (response.uri().getScheme().equals("https") && !"https".equals(next.getScheme())) {
            throw new IOException("redirect from https to " + next.getScheme() + " refused");
        }
        return next;
    }

    private static boolean sameOrigin(URI left, URI right) {
        return left.getScheme().equals(right.getScheme()) && left.getAuthority().equals(right.getAuthority());
    }

    /** True if there is now something new to send. */
    private boolean answerChallenge(HttpResponse<?> response) throws IOException, InterruptedException {
        Optional<String> before = authorization;
        for (String challenge : response.headers().allValues("WWW-Authenticate")) {
            String scheme = challenge.split(" ", 2)[0].toLowerCase(Locale.ROOT);
            Optional<String> answer = switch (scheme) {
                case "bearer" -> bearer(parameters(challenge));
                case "basic" ->
                    credentials instanceof RegistryCredentials.Password password
                            ? Optional.of(password.basic())
                            : Optional.empty();
                default -> Optional.empty();
            };
            if (answer.isPresent() && !answer.equals(before)) {
                authorization = answer;
                return true;
            }
        }
        return false;
    }

    private static Map<String, String> parameters(String challenge) {
        Map<String, String> result = new java.util.HashMap<>();
        Matcher matcher = PARAMETER.matcher(challenge);
        while (matcher.find()) {
            result.put(
                    matcher.group(1).toLowerCase(Locale.ROOT),
                    matcher.group(2) == null ? matcher.group(3) : matcher.group(2));
        }
        return result;
    }

    /** The token service's answer to a Bearer challenge (distribution's token specification). */
    private Optional<String> bearer(Map<String, String> challenge) throws IOException, InterruptedException {
        if (credentials instanceof RegistryCredentials.AccessToken access) {
            return Optional.of("Bearer " + access.token());
        }
        URI realm;
        try {
            realm = URI.create(challenge.getOrDefault("realm", ""));
        } catch (IllegalArgumentException e) {
            throw new IOException("registry " + endpoint.host() + " names a token service that is no address", e);
        }
        boolean secret = !(credentials instanceof RegistryCredentials.None);
        if (realm.getHost() == null
                || (secret && endpoint.base().getScheme().equals("https") && !"https".equals(realm.getScheme()))) {
            throw new IOException(
                    "registry " + endpoint.host() + " wants credentials sent to '" + realm + "', which is not https");
        }
        String scope = challenge.getOrDefault("scope", "repository:" + repository + ":pull");
        String query = "service=" + encoded(challenge.getOrDefault("service", "")) + "&scope=" + encoded(scope);
        HttpRequest.Builder request =
                HttpRequest.newBuilder().timeout(ANSWER_LIMIT).header("User-Agent", "muster");
        switch (credentials) {
            case RegistryCredentials.IdentityToken identity ->
                request.uri(realm)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(
                                "grant_type=refresh_token&client_id=muster&refresh_token=" + encoded(identity.token())
                                        + "&" + query));
            case RegistryCredentials.Password password ->
                request.uri(withQuery(realm, query + "&account=" + encoded(password.user())))
                        .header("Authorization", password.basic());
            case RegistryCredentials.None() -> request.uri(withQuery(realm, query));
            case RegistryCredentials.AccessToken access -> throw new IllegalStateException("answered above");
        }
        HttpResponse<InputStream> response = http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream body = response.body()) {
            if (response.statusCode() != 200) {
                return Optional.empty();
            }
            JsonNode json = new ObjectMapper().readTree(body.readNBytes(TOKEN_LIMIT_BYTES));
            String token = json.path("token").asText(json.path("access_token").asText(""));
            return token.isEmpty() ? Optional.empty() : Optional.of("Bearer " + token);
        }
    }

    private static URI withQuery(URI realm, String query) {
        return URI.create(realm + (realm.getRawQuery() == null ? "?" : "&") + query);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** The registry's own words in an error body, for people. */
    static String reason(HttpResponse<InputStream> response) {
        try (InputStream body = response.body()) {
            JsonNode json = new ObjectMapper().readTree(body.readNBytes(64 << 10));
            JsonNode first = json.path("errors").path(0);
            List<String> words =
                    List.of(first.path("code").asText(), first.path("message").asText());
            String text = String.join(
                    ": ", words.stream().filter(each -> !each.isBlank()).toList());
            return text.isEmpty() ? "status " + response.statusCode() : text;
        } catch (IOException e) {
            return "status " + response.statusCode();
        }
    }
}
