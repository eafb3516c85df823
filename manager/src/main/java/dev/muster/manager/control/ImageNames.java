package dev.muster.manager.control;

import java.util.Locale;
import java.util.regex.Pattern;

/** What an image may be called, by the grammar of github.com/distribution/reference. Pure. */
final class ImageNames {
    private static final String DOMAIN_PART = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
    private static final String DOMAIN =
            "(?:" + DOMAIN_PART + "(?:\\." + DOMAIN_PART + ")*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?";
    private static final String PATH_PART = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
    private static final String PATH = PATH_PART + "(?:/" + PATH_PART + ")*";
    private static final String TAG = "[\\w][\\w.-]{0,127}";
    private static final String DIGEST = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}";
    private static final Pattern REFERENCE = Pattern.compile(
            "(?<name>(?:" + DOMAIN + "/)?" + PATH + ")(?::(?<tag>" + TAG + "))?(?:@(?<digest>" + DIGEST + "))?");
    private static final Pattern BARE_ID = Pattern.compile("[a-f0-9]{64}");
    private static final int MAX_NAME = 255;
    private static final String DEFAULT_REGISTRY = "docker.io";

    private ImageNames() {}

    static boolean valid(String image) {
        var match = REFERENCE.matcher(image);
        return match.matches()
                && match.group("name").length() <= MAX_NAME
                && !BARE_ID.matcher(image).matches();
    }

    static boolean pinned(String image) {
        return image.indexOf('@') >= 0;
    }

    /** The image without its digest, as its author wrote it. */
    static String unpinned(String image) {
        var at = image.indexOf('@');
        return at < 0 ? image : image.substring(0, at);
    }

    /** The registry that the name begins with; the default one if it begins with none. */
    static String registry(String image) {
        var slash = image.indexOf('/');
        if (slash < 0) {
            return DEFAULT_REGISTRY;
        }
        var first = image.substring(0, slash);
        var isHost = first.indexOf('.') >= 0
                || first.indexOf(':') >= 0
                || first.equals("localhost")
                || !first.equals(first.toLowerCase(Locale.ROOT));
        return isHost ? first : DEFAULT_REGISTRY;
    }
}
