package dev.muster.worker.image;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A reference to an image, normalised as Docker does it: "nginx" is docker.io/library/nginx:latest.
 *
 * @param registry host, with a port if one is named: "docker.io", "registry.example.com:5000"
 * @param repository "library/nginx"
 * @param tag absent if only a digest names the image
 * @param digest "sha256:…"; wins over the tag
 */
public record ImageRef(String registry, String repository, Optional<String> tag, Optional<String> digest) {

    private static final String DEFAULT_REGISTRY = "docker.io";
    private static final Pattern HOST =
            Pattern.compile("(?:\\[[0-9a-fA-F:]+]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::[0-9]{1,5})?");
    private static final Pattern COMPONENT = Pattern.compile("[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*");
    private static final Pattern TAG = Pattern.compile("\\w[\\w.-]{0,127}", Pattern.UNICODE_CASE);
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}");
    private static final Pattern BARE_ID = Pattern.compile("[0-9a-f]{64}");
    private static final int NAME_LIMIT = 255;

    /** Reads what a user wrote. Throws {@link ImageFailure} of kind INVALID_REFERENCE. */
    public static ImageRef parse(String text) {
        String rest = text;
        Optional<String> digest = Optional.empty();
        int at = rest.indexOf('@');
        if (at >= 0) {
            digest = Optional.of(rest.substring(at + 1));
            rest = rest.substring(0, at);
            if (!DIGEST.matcher(digest.get()).matches()) {
                throw invalid(text, "'" + digest.get() + "' is not a digest such as sha256: and 64 hexadecimal digits");
            }
        }
        Optional<String> tag = Optional.empty();
        int colon = rest.lastIndexOf(':');
        if (colon > rest.lastIndexOf('/')) {
            tag = Optional.of(rest.substring(colon + 1));
            rest = rest.substring(0, colon);
            if (!TAG.matcher(tag.get()).matches()) {
                throw invalid(text, "'" + tag.get() + "' is not a tag: letters, digits, _ . and -, at most 128");
            }
        }
        if (BARE_ID.matcher(rest).matches()) {
            throw invalid(text, "64 hexadecimal digits name no repository");
        }
        String registry = DEFAULT_REGISTRY;
        int slash = rest.indexOf('/');
        if (slash > 0 && namesHost(rest.substring(0, slash))) {
            registry = rest.substring(0, slash);
            rest = rest.substring(slash + 1);
        }
        if (registry.equals("index.docker.io")) {
            registry = DEFAULT_REGISTRY;
        }
        checkName(text, registry, rest);
        String repository = registry.equals(DEFAULT_REGISTRY) && rest.indexOf('/') < 0 ? "library/" + rest : rest;
        if (tag.isEmpty() && digest.isEmpty()) {
            tag = Optional.of("latest");
        }
        return new ImageRef(registry, repository, tag, digest);
    }

    /** The first part is a host if it looks like one, or could not be a repository's. */
    private static boolean namesHost(String part) {
        return part.indexOf('.') >= 0
                || part.indexOf(':') >= 0
                || part.equals("localhost")
                || !part.equals(part.toLowerCase(java.util.Locale.ROOT));
    }

    private static void checkName(String text, String registry, String repository) {
        if (!HOST.matcher(registry).matches()) {
            throw invalid(text, "'" + registry + "' is not a host name");
        }
        if (repository.isEmpty() || registry.length() + 1 + repository.length() > NAME_LIMIT) {
            throw invalid(text, "the name must have 1 to " + NAME_LIMIT + " characters");
        }
        for (String component : repository.split("/", -1)) {
            if (!COMPONENT.matcher(component).matches()) {
                throw invalid(
                        text,
                        "'" + component + "' is no part of a repository's name: lower case, digits, . _ - between");
            }
        }
    }

    private static ImageFailure invalid(String text, String reason) {
        return new ImageFailure(
                ImageFailure.Kind.INVALID_REFERENCE, "\"" + text + "\" is not a valid repository/tag: " + reason);
    }

    /** The same repository pinned to a digest; the tag stays for people to read. */
    public ImageRef withDigest(String pinned) {
        return new ImageRef(registry, repository, tag, Optional.of(pinned));
    }

    /** registry/repository, without tag and digest. */
    public String name() {
        return registry + "/" + repository;
    }

    /** What the registry is asked for: the digest, else the tag. */
    public String reference() {
        return digest.or(() -> tag).orElse("latest");
    }

    /** The full normalised text, which {@link #parse} reads back. */
    @Override
    public String toString() {
        return name()
                + tag.map(each -> ":" + each).orElse("")
                + digest.map(each -> "@" + each).orElse("");
    }

    /** As a person would write it: without docker.io/library/. */
    public String familiar() {
        String text = toString();
        if (text.startsWith("docker.io/library/")) {
            return text.substring("docker.io/library/".length());
        }
        return text.startsWith("docker.io/") ? text.substring("docker.io/".length()) : text;
    }
}
