package dev.muster.node.docker;

import dev.muster.http.Exchange;
import dev.muster.http.Handler;
import dev.muster.http.HttpFailure;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What every call of the Docker-compatible API has in common: an optional {@code /vMAJOR.MINOR} before the path, and
 * headers that clients negotiate by, on errors too. Passes the call on without the prefix; answers have the newest
 * version's form whatever version was asked for.
 */
public final class DockerFrame implements Handler {
    /** The newest version served; clients that speak a newer one come down to it. */
    public static final String NEWEST = "1.51";

    public static final String OLDEST = "1.24";
    private static final String VERSION_HEADER = "Api-Version";
    private static final Pattern PREFIX = Pattern.compile("/v(\\d{1,3})\\.(\\d{1,3})(/.*)");

    private final Handler inner;
    private final String serverVersion;

    public DockerFrame(Handler inner, String serverVersion) {
        this.inner = inner;
        this.serverVersion = serverVersion;
    }

    @Override
    public void handle(Exchange exchange) throws IOException {
        exchange.responseHeader(VERSION_HEADER, NEWEST)
                .responseHeader("Ostype", "linux")
                .responseHeader("Docker-Experimental", "false")
                .responseHeader("Server", "Docker/" + serverVersion + " (linux)");
        Matcher prefix = PREFIX.matcher(exchange.path());
        if (!prefix.matches()) {
            inner.handle(exchange);
            return;
        }
        int major = Integer.parseInt(prefix.group(1));
        int minor = Integer.parseInt(prefix.group(2));
        String version = major + "." + minor;
        if (isOlder(major, minor, OLDEST)) {
            throw new HttpFailure(
                    400,
                    "client version " + version + " is too old. Minimum supported API version is " + OLDEST
                            + ", please upgrade your client to a newer version");
        }
        if (!version.equals(NEWEST) && !isOlder(major, minor, NEWEST)) {
            throw new HttpFailure(
                    400, "client version " + version + " is too new. Maximum supported API version is " + NEWEST);
        }
        inner.handle(exchange.at(prefix.group(3)));
    }

    private static boolean isOlder(int major, int minor, String than) {
        int dot = than.indexOf('.');
        int thanMajor = Integer.parseInt(than.substring(0, dot));
        int thanMinor = Integer.parseInt(than.substring(dot + 1));
        return major < thanMajor || (major == thanMajor && minor < thanMinor);
    }
}
