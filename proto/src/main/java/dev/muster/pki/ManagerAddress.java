package dev.muster.pki;

/** HOST:PORT of a manager's gRPC endpoint; an IPv6 host in brackets. */
public record ManagerAddress(String host, int port) {
    public static final int DEFAULT_PORT = 2377;
    private static final int MAX_PORT = 65535;

    /** The port may be left out. */
    public static ManagerAddress parse(String text) {
        var host = text;
        var port = "";
        var colon = text.lastIndexOf(':');
        if (text.startsWith("[")) {
            var end = text.indexOf(']');
            if (end < 0) {
                throw invalid(text);
            }
            host = text.substring(1, end);
            var rest = text.substring(end + 1);
            if (!rest.isEmpty() && !rest.startsWith(":")) {
                throw invalid(text);
            }
            port = rest.isEmpty() ? "" : rest.substring(1);
        } else if (colon >= 0 && text.indexOf(':') == colon) {
            host = text.substring(0, colon);
            port = text.substring(colon + 1);
            if (port.isEmpty()) {
                throw invalid(text);
            }
        }
        if (host.isBlank()) {
            throw invalid(text);
        }
        return new ManagerAddress(host, port.isEmpty() ? DEFAULT_PORT : number(port, text));
    }

    public String text() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }

    private static int number(String port, String text) {
        try {
            var number = Integer.parseInt(port);
            if (number > 0 && number <= MAX_PORT) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw invalid(text);
        }
        throw invalid(text);
    }

    private static IllegalArgumentException invalid(String text) {
        return new IllegalArgumentException("\"" + text + "\" is not a manager's address: expected HOST:PORT");
    }
}
