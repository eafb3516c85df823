package dev.muster.manager.trust;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.muster.api.ExternalCa;
import dev.muster.pki.CertificateAuthority;
import dev.muster.pki.PeerIdentity;
import dev.muster.pki.Pem;
import dev.muster.pki.PkiFailure;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * Authorities that speak cfssl's {@code sign}: a JSON request with the certificate request, the subject and the names that the
 * certificate is to have, over HTTPS with this manager's certificate. The server must show a certificate under the root that
 * it signs for, and in the name that the URL has.
 */
public final class CfsslAuthority implements OutsideAuthority {
    /** swarm's. */
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    /** A chain in PEM and a few words: more is no answer. */
    private static final int MAX_ANSWER_BYTES = 256 * 1024;

    /** The profile that swarm asks a cfssl for, when it is to vouch for another root. */
    private static final String CROSS_SIGN_PROFILE = "CA";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Supplier<Optional<X509ExtendedKeyManager>> ownCertificate;

    /**
     * @param ownCertificate what this manager shows; empty before it has one
     */
    public CfsslAuthority(Supplier<Optional<X509ExtendedKeyManager>> ownCertificate) {
        this.ownCertificate = ownCertificate;
    }

    @Override
    public List<X509Certificate> sign(
            ExternalCa authority, X509Certificate root, byte[] request, PeerIdentity subject) {
        var body = body(authority, request);
        body.putObject("subject")
                .put("CN", subject.nodeId())
                .putArray("names")
                .addObject()
                .put("OU", subject.unit())
                .put("O", subject.clusterId());
        var hosts = body.putArray("hosts");
        CertificateAuthority.alternativeNames(subject).forEach(hosts::add);
        return post(authority, root, body);
    }

    @Override
    public X509Certificate crossSign(ExternalCa authority, X509Certificate root, byte[] request, String name) {
        var body = body(authority, request);
        body.putObject("subject").put("CN", name);
        body.putArray("hosts").add(name);
        body.put("profile", CROSS_SIGN_PROFILE);
        return post(authority, root, body).getFirst();
    }

    @Override
    public void reach(ExternalCa authority, X509Certificate root) {
        send(
                authority,
                root,
                client -> client.send(
                        HttpRequest.newBuilder(URI.create(authority.getUrl()))
                                .timeout(TIMEOUT)
                                .method("HEAD", HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.discarding()));
    }

    private static ObjectNode body(ExternalCa authority, byte[] request) {
        var body = JSON.createObjectNode();
        authority.getOptionsMap().forEach(body::put);
        return body.put("certificate_request", new String(request, StandardCharsets.US_ASCII));
    }

    private List<X509Certificate> post(ExternalCa authority, X509Certificate root, ObjectNode body) {
        var request = HttpRequest.newBuilder(URI.create(authority.getUrl()))
                .timeout(TIMEOUT)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build();
        var response = send(
                authority,
                root,
                client -> client.send(
                        request,
                        HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofString(), MAX_ANSWER_BYTES)));
        try {
            var answer = JSON.readTree(response.body());
            if (!answer.path("success").asBoolean()) {
                throw TrustFailure.temporary("the external CA at " + authority.getUrl() + " does not sign (HTTP "
                        + response.statusCode() + "): " + errors(answer));
            }
            return Pem.readCertificates(
                    answer.path("result").path("certificate").asText().getBytes(StandardCharsets.US_ASCII));
        } catch (JsonProcessingException | PkiFailure e) {
            throw TrustFailure.temporary("the external CA at " + authority.getUrl() + " does not answer as cfssl does"
                    + " (HTTP " + response.statusCode() + "): is it the URL of its sign call?");
        }
    }

    private static String errors(JsonNode answer) {
        var said = answer.path("errors")
                .valueStream()
                .map(error -> error.path("message").asText())
                .filter(text -> !text.isEmpty())
                .toList();
        return said.isEmpty() ? "it does not say why" : String.join("; ", said);
    }

    @FunctionalInterface
    private interface Exchange<T> {
        HttpResponse<T> with(HttpClient client) throws IOException, InterruptedException;
    }

    private <T> HttpResponse<T> send(ExternalCa authority, X509Certificate root, Exchange<T> exchange) {
        try (var client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(TIMEOUT)
                .sslContext(tls(root))
                .build()) {
            return exchange.with(client);
        } catch (IOException e) {
            throw TrustFailure.temporary(
                    "the external CA at " + authority.getUrl() + " cannot be reached: " + reason(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw TrustFailure.temporary("interrupted while asking the external CA at " + authority.getUrl());
        }
    }

    private static String reason(Throwable failure) {
        var cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }

    private SSLContext tls(X509Certificate root) {
        try {
            var trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            trusted.setCertificateEntry("root", root);
            var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            var context = SSLContext.getInstance("TLS");
            context.init(ownCertificate.get().stream().toArray(KeyManager[]::new), trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw TrustFailure.refused("TLS to external CAs cannot be set up: " + e.getMessage());
        }
    }
}
