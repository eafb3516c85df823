package dev.muster.manager.membership;

import dev.muster.pki.ManagerAddress;
import dev.muster.pki.PeerIdentity;
import dev.muster.pki.TlsContexts;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;

/**
 * Dials a manager back before it counts: a member that others cannot reach would only take part in majorities it cannot
 * help to form. Any thread; blocks for seconds at most.
 */
public final class ManagerProbe {
    private static final int TIMEOUT_MILLIS = 5_000;

    private final TlsContexts tls;

    public ManagerProbe(TlsContexts tls) {
        this.tls = tls;
    }

    /** Why the node does not answer at the address, as a manager of this cluster; empty if it does. */
    Optional<String> problem(String nodeId, String address) {
        try {
            var manager = ManagerAddress.parse(address);
            var context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {tls.keyManager()}, new TrustManager[] {tls.managersOnly()}, null);
            try (var plain = new Socket()) {
                plain.connect(new InetSocketAddress(manager.host(), manager.port()), TIMEOUT_MILLIS);
                plain.setSoTimeout(TIMEOUT_MILLIS);
                return answering(context, plain, manager)
                        .filter(peer -> !peer.nodeId().equals(nodeId))
                        .map(peer -> address + " is node " + peer.nodeId());
            }
        } catch (IOException e) {
            return Optional.of(address + " does not answer: " + e.getMessage());
        } catch (IllegalArgumentException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM cannot speak TLS", e);
        }
    }

    private static Optional<PeerIdentity> answering(SSLContext context, Socket plain, ManagerAddress manager)
            throws IOException {
        try (var socket =
                (SSLSocket) context.getSocketFactory().createSocket(plain, manager.host(), manager.port(), false)) {
            var parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"h2"});
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            return PeerIdentity.of(socket.getSession());
        }
    }
}
