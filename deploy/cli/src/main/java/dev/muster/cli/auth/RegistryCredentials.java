package dev.muster.cli.auth;

import dev.muster.cli.command.CommandFailure;
import dev.muster.cli.console.Console;
import dev.muster.cli.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What docker's config.json knows of registries: {@code auths}, and the helper programs that {@code credHelpers} and
 * {@code credsStore} name. Nothing of it is printed or kept.
 */
public final class RegistryCredentials {

    private static final String DOCKER_HUB = "docker.io";
    private static final String DOCKER_HUB_KEY = "https://index.docker.io/v1/";
    private static final String TOKEN_USER = "<token>";
    private static final long MOST_BYTES = 1 << 20;

    private final Map<?, ?> config;
    private final CredentialProgram helper;

    private RegistryCredentials(Map<?, ?> config, CredentialProgram helper) {
        this.config = config;
        this.helper = helper;
    }

    /** From the directory DOCKER_CONFIG, else ~/.docker. Without a file there are no credentials. */
    public static RegistryCredentials load(Console console) {
        String directory = console.variable("DOCKER_CONFIG");
        Path path = directory.isEmpty()
                ? Path.of(
                        console.variable("HOME").isEmpty() ? "/root" : console.variable("HOME"),
                        ".docker",
                        "config.json")
                : console.directory().resolve(directory).resolve("config.json");
        var helper = new CredentialProgram(console);
        try {
            if (Files.size(path) > MOST_BYTES) {
                throw new CommandFailure(
                        "Error loading config file: " + path + " is larger than " + MOST_BYTES + " bytes");
            }
            Object parsed = Json.parse(Files.readString(path));
            return new RegistryCredentials(parsed instanceof Map<?, ?> map ? map : Map.of(), helper);
        } catch (NoSuchFileException _) {
            return new RegistryCredentials(Map.of(), helper);
        } catch (IOException failure) {
            throw new CommandFailure("Error loading config file: " + path + ": " + failure.getMessage());
        } catch (IllegalArgumentException failure) {
            throw new CommandFailure("Error parsing config file: " + path + ": " + failure.getMessage());
        }
    }

    /** The value of X-Registry-Auth for a registry; empty if nothing is known of it. */
    public String header(String registry) {
        String key = registry.equals(DOCKER_HUB) ? DOCKER_HUB_KEY : registry;
        Map<String, Object> auth = find(key).orElse(Map.of());
        if (auth.isEmpty()) {
            return "";
        }
        byte[] json = Json.compact(auth).getBytes(StandardCharsets.UTF_8);
        return Base64.getUrlEncoder().encodeToString(json);
    }

    private Optional<Map<String, Object>> find(String registry) {
        String program = text(section("credHelpers").get(registry));
        if (program.isEmpty()) {
            program = text(config.get("credsStore"));
        }
        if (!program.isEmpty()) {
            return helper.get(program, registry).map(found -> ofHelper(found, registry));
        }
        Map<?, ?> auths = section("auths");
        for (Map.Entry<?, ?> entry : auths.entrySet()) {
            String key = text(entry.getKey());
            if ((key.equals(registry) || host(key).equals(registry)) && entry.getValue() instanceof Map<?, ?> auth) {
                return ofFile(auth, registry);
            }
        }
        return Optional.empty();
    }

    private Map<?, ?> section(String name) {
        return config.get(name) instanceof Map<?, ?> section ? section : Map.of();
    }

    private static String text(Object value) {
        return value == null ? "" : value.toString();
    }

    /** {@code https://host/v1/} and {@code host} mean the same registry. */
    private static String host(String key) {
        String bare = key.replaceFirst("^https?://", "");
        int slash = bare.indexOf('/');
        return slash < 0 ? bare : bare.substring(0, slash);
    }

    private static Map<String, Object> ofHelper(Map<?, ?> found, String registry) {
        String user = text(found.get("Username"));
        String secret = text(found.get("Secret"));
        return user.equals(TOKEN_USER) ? token(secret, registry) : password(user, secret, registry);
    }

    private static Optional<Map<String, Object>> ofFile(Map<?, ?> auth, String registry) {
        String identity = text(auth.get("identitytoken"));
        if (!identity.isEmpty()) {
            return Optional.of(token(identity, registry));
        }
        String encoded = text(auth.get("auth"));
        if (encoded.isEmpty()) {
            String user = text(auth.get("username"));
            return user.isEmpty()
                    ? Optional.empty()
                    : Optional.of(password(user, text(auth.get("password")), registry));
        }
        String decoded;
        try {
            decoded = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            throw new CommandFailure("Error loading config file: the auth of " + registry + " is not base64");
        }
        int colon = decoded.indexOf(':');
        if (colon < 0) {
            throw new CommandFailure("Error loading config file: Invalid auth configuration file: the auth of "
                    + registry + " is not USER:PASSWORD");
        }
        return Optional.of(password(decoded.substring(0, colon), decoded.substring(colon + 1), registry));
    }

    private static Map<String, Object> token(String token, String registry) {
        Map<String, Object> auth = new LinkedHashMap<>();
        auth.put("identitytoken", token);
        auth.put("serveraddress", registry);
        return auth;
    }

    private static Map<String, Object> password(String user, String password, String registry) {
        Map<String, Object> auth = new LinkedHashMap<>();
        auth.put("username", user);
        auth.put("password", password);
        auth.put("serveraddress", registry);
        return auth;
    }
}
