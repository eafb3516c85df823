package dev.muster.pki;

import dev.muster.api.NodeRole;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Trusts a certificate if it is a node's of the own cluster, in one of the roles allowed. Host names are not looked at:
 * nodes move between addresses, and what a peer may do hangs on its certificate alone.
 */
final class ClusterTrust extends X509ExtendedTrustManager {
    private final Supplier<NodeIdentity> own;
    private final InstantSource clock;
    private final Optional<NodeRole> required;
    private final Predicate<String> barred;

    /**
     * @param barred nodes, by id, that are not trusted whatever their certificate says
     */
    ClusterTrust(
            Supplier<NodeIdentity> own, InstantSource clock, Optional<NodeRole> required, Predicate<String> barred) {
        this.own = own;
        this.clock = clock;
        this.required = required;
        this.barred = barred;
    }

    private void check(X509Certificate[] chain, Optional<NodeRole> role) throws CertificateException {
        var identity = own.get();
        var peer = identity.roots().verify(List.of(chain), clock.instant());
        if (!peer.clusterId().equals(identity.clusterId())) {
            throw new CertificateException("node " + peer.nodeId() + " belongs to another cluster");
        }
        if (barred.test(peer.nodeId())) {
            throw new CertificateException("node " + peer.nodeId() + " is not what its certificate says any more");
        }
        if (role.isPresent() && peer.role() != role.get()) {
            throw new CertificateException("node " + peer.nodeId() + " is not a " + PeerIdentity.name(role.get()));
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        check(chain, required);
    }

    /** Only managers serve. */
    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        check(chain, Optional.of(NodeRole.ROLE_MANAGER));
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        check(chain, required);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        check(chain, Optional.of(NodeRole.ROLE_MANAGER));
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        check(chain, required);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        check(chain, Optional.of(NodeRole.ROLE_MANAGER));
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return own.get().roots().certificates().toArray(X509Certificate[]::new);
    }
}
