package dev.muster.node;

/** An address and a port as users write them. */
record HostPort(String host, int port) {
    HostPort {
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("port " + port + " is not between 0 and 65535");
        }
    }

    /**
     * @param text {@code HOST}, {@code HOST:PORT} or {@code :PORT}
     * @throws IllegalArgumentException when the port is not a number
     */
    static HostPort parse(String text, int defaultPort) {
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            return new HostPort(text, defaultPort);
        }
        String port = text.substring(colon + 1);
        if (!port.matches("\\d{1,5}")) {
            throw new IllegalArgumentException("'" + text + "' is not HOST:PORT");
        }
        return new HostPort(text.substring(0, colon), Integer.parseInt(port));
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
