package dev.muster.cli.network;

import dev.muster.cli.flag.Flags;

/** Flags of the commands that are not there yet: who uses them learns that, and not that they are unknown. */
final class LaterFlags {

    private LaterFlags() {}

    static Flags connect() {
        return new Flags()
                .list("alias", "Further names")
                .list("driver-opt", "Options of the driver")
                .integer("gw-priority", "0", "The highest one's network has the way out")
                .text("ip", "IPv4 address")
                .text("ip6", "IPv6 address")
                .list("link", "Containers to link to")
                .list("link-local-ip", "Link-local addresses");
    }

    static Flags force() {
        return new Flags().bool("force", 'f', "Even if the container does not run");
    }

    static Flags prune() {
        return new Flags().list("filter", "Remove only what matches").bool("force", 'f', "Do not ask");
    }
}
