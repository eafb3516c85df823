package dev.muster.api;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** What objects may be called, in swarm's words, and how names compare: without regard to case. Pure. */
public final class Names {
    private static final int SERVICE_LENGTH = 63;
    private static final Pattern DNS_COMPONENT = Pattern.compile("[a-zA-Z0-9](?:[a-zA-Z0-9_-]*[a-zA-Z0-9])?");
    private static final Pattern FILE_NAME = Pattern.compile("[a-zA-Z0-9](?:[a-zA-Z0-9-_.]{0,62}[a-zA-Z0-9])?");

    private Names() {}

    /** What is wrong with the name of a service or network; empty if nothing is. */
    public static Optional<String> problemOfService(String name) {
        if (name.isEmpty()) {
            return Optional.of("meta: name must be provided");
        }
        if (!DNS_COMPONENT.matcher(name).matches()) {
            return Optional.of("name must be valid as a DNS name component");
        }
        if (name.length() > SERVICE_LENGTH) {
            return Optional.of("name must be 63 characters or fewer");
        }
        return Optional.empty();
    }

    /** What is wrong with the name of a secret or config; empty if nothing is. */
    public static Optional<String> problemOfSecret(String name) {
        if (FILE_NAME.matcher(name).matches()) {
            return Optional.empty();
        }
        return Optional.of("invalid name, only 64 [a-zA-Z0-9-_.] characters allowed, and the start and end character"
                + " must be [a-zA-Z0-9]");
    }

    /** The form in which names are compared. */
    public static String key(String name) {
        return name.toLowerCase(Locale.ROOT);
    }
}
