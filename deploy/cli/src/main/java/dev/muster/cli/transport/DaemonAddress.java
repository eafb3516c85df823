package dev.muster.cli.transport;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/** Where the daemon is: the path of its unix socket. */
public record DaemonAddress(String socket) {

    private static final String DEFAULT = "unix:///run/muster/muster.sock";
    private static final String UNIX = "unix://";

    /** From the flag, else from MUSTER_HOST, else DOCKER_HOST, else the default. */
    public static DaemonAddress of(Optional<String> flag, Map<String, String> environment) {
        String muster = environment.getOrDefault("MUSTER_HOST", "");
        String docker = environment.getOrDefault("DOCKER_HOST", "");
        return parse(flag.orElse(!muster.isEmpty() ? muster : !docker.isEmpty() ? docker : DEFAULT));
    }

    static DaemonAddress parse(String host) {
        if (host.startsWith(UNIX) && host.length() > UNIX.length()) {
            return new DaemonAddress(
                    URLDecoder.decode(host.substring(UNIX.length()).replace("+", "%2B"), StandardCharsets.UTF_8));
        }
        if (host.startsWith("/")) {
            return new DaemonAddress(host);
        }
        String scheme = host.contains("://") ? host.substring(0, host.indexOf("://")) : "";
        if (scheme.equals("tcp") || scheme.equals("http") || scheme.equals("https")) {
            throw new UnreachableFailure(
                    "host " + host + ": TCP is not supported yet; without TLS it never will be: whoever reaches the"
                            + " port would own the host. Run muster on the host itself, with its unix socket");
        }
        if (scheme.equals("ssh")) {
            throw new UnreachableFailure(
                    "host " + host + ": SSH is not supported yet. Run the command there instead: ssh "
                            + host.substring("ssh://".length()) + " muster …");
        }
        throw new UnreachableFailure("unable to parse docker host `" + host + "`: expected unix:///PATH");
    }

    @Override
    public String toString() {
        return UNIX + socket;
    }
}
