package dev.muster.worker.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import dev.muster.worker.image.RegistryEndpoint.Capability;
import dev.muster.worker.image.RegistryEndpoint.ClientKey;
import dev.muster.worker.image.RegistryEndpoint.TlsSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where a registry's images are to be had: containerd's certs.d/HOST/hosts.toml, or the certificates alone as Docker
 * keeps them in certs.d/HOST (*.crt, and *.cert with *.key). Read at each use, so that changes count at once. The
 * mirrors come in the file's order, the registry itself last.
 */
public final class RegistryHosts {

    private static final Set<String> ENDPOINT_KEYS =
            Set.of("capabilities", "ca", "client", "skip_verify", "override_path", "header");
    private static final Map<String, String> REAL_HOSTS = Map.of("docker.io", "registry-1.docker.io");

    private final Path directory;

    /** @param directory such as /etc/containerd/certs.d; need not exist */
    public RegistryHosts(Path directory) {
        this.directory = directory;
    }

    Path directory() {
        return directory;
    }

    /** The endpoints to try, in order; at least one. Throws {@link ImageFailure} of kind CONFIGURATION. */
    List<RegistryEndpoint> endpoints(String registry) {
        Optional<Path> found = configured(registry);
        if (found.isEmpty()) {
            return List.of(standard(registry, TlsSettings.DEFAULT));
        }
        Path file = found.get().resolve("hosts.toml");
        try {
            return Files.exists(file) ? read(registry, file) : List.of(standard(registry, certificates(found.get())));
        } catch (IOException e) {
            throw new ImageFailure(
                    ImageFailure.Kind.CONFIGURATION,
                    "cannot read the configuration of registry " + registry + " in " + found.get() + ": "
                            + e.getMessage(),
                    e);
        }
    }

    /** "HOST:PORT" may also be written "HOST_PORT_", as containerd allows. */
    private Optional<Path> configured(String registry) {
        List<String> names = new ArrayList<>();
        int colon = registry.lastIndexOf(':');
        if (colon > 0) {
            names.add(registry.substring(0, colon) + "_" + registry.substring(colon + 1) + "_");
        }
        names.add(registry);
        names.add("_default");
        return names.stream().map(directory::resolve).filter(Files::isDirectory).findFirst();
    }

    private static RegistryEndpoint standard(String registry, TlsSettings tls) {
        String host = REAL_HOSTS.getOrDefault(registry, registry);
        return new RegistryEndpoint(
                URI.create("https://" + host + "/v2"), true, EnumSet.allOf(Capability.class), Map.of(), tls);
    }

    private static TlsSettings certificates(Path directory) throws IOException {
        List<Path> authorities = new ArrayList<>();
        List<ClientKey> keys = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (name.endsWith(".crt")) {
                    authorities.add(file);
                } else if (name.endsWith(".cert")) {
                    Path key = file.resolveSibling(name.substring(0, name.length() - ".cert".length()) + ".key");
                    keys.add(new ClientKey(file, Optional.of(key)));
                }
            }
        }
        return new TlsSettings(authorities, keys, false);
    }

    private List<RegistryEndpoint> read(String registry, Path file) throws IOException {
        JsonNode root = new TomlMapper().readTree(file.toFile());
        List<RegistryEndpoint> result = new ArrayList<>();
        for (Map.Entry<String, JsonNode> host : root.path("host").properties()) {
            result.add(endpoint(file, host.getKey(), host.getValue(), false));
        }
        String server = root.path("server").asText("");
        if (server.isEmpty()) {
            server = "https://" + REAL_HOSTS.getOrDefault(registry, registry);
        }
        RegistryEndpoint upstream = endpoint(file, server, root, true);
        // The registry may be listed among its own mirrors, and is still itself; by another scheme it might not be.
        result.replaceAll(each -> sameOrigin(each, upstream)
                ? new RegistryEndpoint(each.base(), true, each.capabilities(), each.headers(), each.tls())
                : each);
        if (result.stream().noneMatch(each -> each.base().equals(upstream.base()))) {
            result.add(upstream);
        }
        return result;
    }

    private static boolean sameOrigin(RegistryEndpoint left, RegistryEndpoint right) {
        return left.base().getScheme().equals(right.base().getScheme())
                && left.host().equals(right.host());
    }

    private static RegistryEndpoint endpoint(Path file, String address, JsonNode settings, boolean own) {
        for (var names = settings.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            boolean ofTheFile = own && (name.equals("server") || name.equals("host"));
            if (!ofTheFile && !ENDPOINT_KEYS.contains(name)) {
                throw wrong(file, "unknown key '" + name + "'" + (own ? "" : " of host \"" + address + "\""));
            }
        }
        return new RegistryEndpoint(
                base(file, address, settings.path("override_path").asBoolean(false)),
                own,
                capabilities(file, settings.path("capabilities")),
                headers(settings.path("header")),
                new TlsSettings(
                        paths(file, settings.path("ca")),
                        clientKeys(file, settings.path("client")),
                        settings.path("skip_verify").asBoolean(false)));
    }

    private static URI base(Path file, String address, boolean overridePath) {
        String full = address.contains("://") ? address : "https://" + address;
        URI uri;
        try {
            uri = URI.create(full.endsWith("/") ? full.substring(0, full.length() - 1) : full);
        } catch (IllegalArgumentException e) {
            throw wrong(file, "'" + address + "' is not an address such as https://mirror.example.com");
        }
        String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
        if ((!scheme.equals("https") && !scheme.equals("http")) || uri.getHost() == null) {
            throw wrong(file, "'" + address + "' is not an address such as https://mirror.example.com");
        }
        String path = uri.getRawPath() == null ? "" : uri.getRawPath();
        return overridePath || path.endsWith("/v2") ? uri : URI.create(uri + "/v2");
    }

    private static Set<Capability> capabilities(Path file, JsonNode node) {
        if (node.isMissingNode()) {
            return EnumSet.allOf(Capability.class);
        }
        Set<Capability> result = EnumSet.noneOf(Capability.class);
        for (JsonNode each : node) {
            switch (each.asText()) {
                case "pull" -> result.add(Capability.PULL);
                case "resolve" -> result.add(Capability.RESOLVE);
                case "push" -> result.add(Capability.PUSH);
                default -> throw wrong(file, "unknown capability '" + each.asText() + "': use pull, resolve or push");
            }
        }
        return result;
    }

    private static Map<String, List<String>> headers(JsonNode node) {
        Map<String, List<String>> result = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> each : node.properties()) {
            result.put(each.getKey(), texts(each.getValue()));
        }
        return result;
    }

    /** client = "both.pem", or ["a.pem", "b.pem"] of both kinds, or [["cert.pem", "key.pem"], …]. */
    private static List<ClientKey> clientKeys(Path file, JsonNode node) {
        List<ClientKey> result = new ArrayList<>();
        if (node.isTextual()) {
            result.add(new ClientKey(file.resolveSibling(node.asText()), Optional.empty()));
        }
        for (JsonNode each : node) {
            List<Path> pair = paths(file, each);
            if (pair.isEmpty() || pair.size() > 2) {
                throw wrong(file, "client wants a file with certificate and key, or pairs of such files");
            }
            result.add(
                    new ClientKey(pair.getFirst(), pair.size() == 2 ? Optional.of(pair.getLast()) : Optional.empty()));
        }
        return result;
    }

    private static List<Path> paths(Path file, JsonNode node) {
        return texts(node).stream().map(file::resolveSibling).toList();
    }

    private static List<String> texts(JsonNode node) {
        if (node.isTextual()) {
            return List.of(node.asText());
        }
        List<String> result = new ArrayList<>();
        node.forEach(each -> result.add(each.asText()));
        return result;
    }

    private static ImageFailure wrong(Path file, String what) {
        return new ImageFailure(ImageFailure.Kind.CONFIGURATION, file + ": " + what);
    }
}
