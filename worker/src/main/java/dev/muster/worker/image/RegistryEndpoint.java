package dev.muster.worker.image;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One place that serves a registry's images: the registry itself, or a mirror.
 *
 * @param base with the API's root: "https://registry-1.docker.io/v2"
 * @param own the image's own registry, which may have the user's credentials; a mirror never gets them
 * @param headers sent with every request to this endpoint, as configured
 */
record RegistryEndpoint(
        URI base, boolean own, Set<Capability> capabilities, Map<String, List<String>> headers, TlsSettings tls) {

    /** What an endpoint may be asked for. */
    enum Capability {
        PULL,
        RESOLVE,
        PUSH
    }

    /** How its certificate is checked, and what it is shown. */
    record TlsSettings(List<Path> authorities, List<ClientKey> clientKeys, boolean skipVerify) {
        static final TlsSettings DEFAULT = new TlsSettings(List.of(), List.of(), false);

        TlsSettings {
            authorities = List.copyOf(authorities);
            clientKeys = List.copyOf(clientKeys);
        }
    }

    /** A certificate with its key: in one PEM file, or in two. */
    record ClientKey(Path certificate, Optional<Path> key) {}

    RegistryEndpoint {
        capabilities = Set.copyOf(capabilities);
        headers = Map.copyOf(headers);
    }

    /** Host and port, as people name it. */
    String host() {
        return base.getAuthority();
    }
}
