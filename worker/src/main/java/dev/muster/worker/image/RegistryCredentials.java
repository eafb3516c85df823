package dev.muster.worker.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** What opens a registry. As text, it shows none of it. */
sealed interface RegistryCredentials {

    record None() implements RegistryCredentials {}

    /** Sent as Basic authorization, to the registry or to the token service that it names. */
    record Password(String user, String password) implements RegistryCredentials {
        String basic() {
            return "Basic "
                    + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String toString() {
            return "Password of " + user;
        }
    }

    /** A refresh token, which the token service changes for an access token. */
    record IdentityToken(String token) implements RegistryCredentials {
        @Override
        public String toString() {
            return "IdentityToken";
        }
    }

    /** An access token, sent as it is. */
    record AccessToken(String token) implements RegistryCredentials {
        @Override
        public String toString() {
            return "AccessToken";
        }
    }

    /** Reads the X-Registry-Auth header: base64url of Docker's AuthConfig; "" and "{}" hold none. */
    static RegistryCredentials decode(String header) {
        if (header.isEmpty()) {
            return new None();
        }
        JsonNode json;
        try {
            // Both alphabets, with or without padding: clients differ.
            String urlSafe = header.strip().replace('+', '-').replace('/', '_').replace("=", "");
            json = new ObjectMapper().readTree(Base64.getUrlDecoder().decode(urlSafe));
        } catch (IOException | IllegalArgumentException e) {
            // Without the cause: its text could hold the secret.
            throw new ImageFailure(
                    ImageFailure.Kind.UNAUTHORIZED,
                    "the registry credentials that came with the service cannot be read: they must be base64 of JSON");
        }
        if (!json.path("registrytoken").asText().isEmpty()) {
            return new AccessToken(json.path("registrytoken").asText());
        }
        if (!json.path("identitytoken").asText().isEmpty()) {
            return new IdentityToken(json.path("identitytoken").asText());
        }
        String user = json.path("username").asText();
        String password = json.path("password").asText();
        if (user.isEmpty() && !json.path("auth").asText().isEmpty()) {
            return decodePair(json.path("auth").asText());
        }
        return user.isEmpty() && password.isEmpty() ? new None() : new Password(user, password);
    }

    private static RegistryCredentials decodePair(String encoded) {
        try {
            String pair = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
            int colon = pair.indexOf(':');
            return colon < 0 ? new None() : new Password(pair.substring(0, colon), pair.substring(colon + 1));
        } catch (IllegalArgumentException e) {
            return new None();
        }
    }
}
