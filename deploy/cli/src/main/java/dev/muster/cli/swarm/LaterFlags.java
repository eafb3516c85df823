package dev.muster.cli.swarm;

import dev.muster.cli.flag.Flags;

/** Flags of the commands that are not there yet: who uses them learns that, and not that they are unknown. */
final class LaterFlags {

    private static final char NONE = 0;

    private LaterFlags() {}

    static Flags ca() {
        return expiry(new Flags())
                .text("ca-cert", NONE, "pem-file", "", "Certificate of the new authority")
                .text("ca-key", NONE, "pem-file", "", "Key of the new authority")
                .bool("detach", 'd', "Return at once, do not wait for the rotation")
                .quiet("Show no progress")
                .bool("rotate", "Make a new root");
    }

    private static Flags expiry(Flags flags) {
        return flags.duration("cert-expiry", "2160h0m0s", "How long the nodes' certificates are valid")
                .list("external-ca", NONE, "external-ca", "Outside authorities that sign", _ -> {});
    }
}
