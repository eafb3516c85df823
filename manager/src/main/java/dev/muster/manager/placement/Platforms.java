package dev.muster.manager.placement;

import dev.muster.api.Node;
import dev.muster.api.Platform;
import java.util.List;

/** Which nodes can run images made for some platforms: an empty part fits all, and architectures have synonyms. Pure. */
public final class Platforms {
    private Platforms() {}

    /** Whether the node is one of the platforms; no platforms mean any. */
    public static boolean fits(List<Platform> platforms, Node node) {
        if (platforms.isEmpty()) {
            return true;
        }
        if (!node.getDescription().hasPlatform()) {
            return false;
        }
        var own = node.getDescription().getPlatform();
        return platforms.stream()
                .anyMatch(
                        platform -> fits(architecture(platform.getArchitecture()), architecture(own.getArchitecture()))
                                && fits(platform.getOs(), own.getOs()));
    }

    private static boolean fits(String wanted, String found) {
        return wanted.isEmpty() || wanted.equals(found);
    }

    private static String architecture(String name) {
        return switch (name) {
            case "x86_64" -> "amd64";
            case "aarch64" -> "arm64";
            default -> name;
        };
    }
}
