package dev.muster.pki;

import dev.muster.api.NodeRole;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/** Trusts managers under given roots: what a joiner has before it knows more of its cluster. */
final class PinnedRoot extends X509ExtendedTrustManager {
    private final TrustRoots roots;
    private final InstantSource clock;

    PinnedRoot(TrustRoots roots, InstantSource clock) {
        this.roots = roots;
        this.clock = clock;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        var peer = roots.verify(List.of(chain), clock.instant());
        if (peer.role() != NodeRole.ROLE_MANAGER) {
            throw new CertificateException("node " + peer.nodeId() + " is not a manager");
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        checkServerTrusted(chain, type);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        checkServerTrusted(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
        throw new UnsupportedOperationException("for clients only");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
        throw new UnsupportedOperationException("for clients only");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {
        throw new UnsupportedOperationException("for clients only");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return roots.certificates().toArray(X509Certificate[]::new);
    }
}
