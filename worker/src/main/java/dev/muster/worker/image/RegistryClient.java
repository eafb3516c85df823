package dev.muster.worker.image;

import dev.muster.worker.image.RegistryEndpoint.TlsSettings;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;

/**
 * Speaks to registries (the OCI distribution protocol). Thread safe. Keeps one HTTP client per TLS setting, as
 * connections and trust are shared by these.
 */
public final class RegistryClient implements AutoCloseable {

    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(10);
    private static final int CLIENT_LIMIT = 16;

    private final RegistryHosts hosts;
    private final Map<TlsSettings, HttpClient> clients = new LinkedHashMap<>(16, 0.75f, true);

    public RegistryClient(RegistryHosts hosts) {
        this.hosts = hosts;
    }

    /**
     * The repository of an image, at its registry and its mirrors.
     *
     * @param registryAuth an X-Registry-Auth value, or ""
     */
    RegistryRepository open(ImageRef ref, String registryAuth) {
        RegistryCredentials credentials = RegistryCredentials.decode(registryAuth);
        List<RegistrySession> sessions = hosts.endpoints(ref.registry()).stream()
                .map(each -> new RegistrySession(http(each.tls()), each, ref.repository(), credentials))
                .toList();
        return new RegistryRepository(ref, sessions, hosts.directory());
    }

    private synchronized HttpClient http(TlsSettings tls) {
        HttpClient known = clients.get(tls);
        if (known != null) {
            return known;
        }
        // HTTP/1.1: blobs come on connections of their own, side by side, and one stalled does not stall the others.
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT_LIMIT)
                .followRedirects(HttpClient.Redirect.NEVER)
                .sslContext(RegistryTls.context(tls))
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .build();
        clients.put(tls, client);
        if (clients.size() > CLIENT_LIMIT) {
            clients.remove(clients.keySet().iterator().next()).shutdownNow();
        }
        return client;
    }

    @Override
    public synchronized void close() {
        clients.values().forEach(HttpClient::shutdownNow);
        clients.clear();
    }
}
