package dev.muster.pki;

import dev.muster.api.NodeRole;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.Optional;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.security.auth.x500.X500Principal;

/** Who a node's certificate says it is: node (CN), role (OU), cluster (O). */
public record PeerIdentity(String nodeId, NodeRole role, String clusterId) {
    static final String MANAGER_UNIT = "swarm-manager";
    static final String WORKER_UNIT = "swarm-worker";

    public PeerIdentity {
        if (nodeId.isEmpty() || clusterId.isEmpty()) {
            throw new IllegalArgumentException("a node certificate names a node and a cluster");
        }
        unit(role);
    }

    /** The identity in the certificate, or empty if it is not a node's. Trusts nothing: verify the chain first. */
    public static Optional<PeerIdentity> of(X509Certificate certificate) {
        var parts = new HashMap<String, String>();
        try {
            var name = certificate.getSubjectX500Principal().getName(X500Principal.RFC2253);
            for (var part : new LdapName(name).getRdns()) {
                if (part.size() != 1 || parts.put(part.getType(), String.valueOf(part.getValue())) != null) {
                    return Optional.empty();
                }
            }
        } catch (InvalidNameException e) {
            return Optional.empty();
        }
        var nodeId = parts.getOrDefault("CN", "");
        var clusterId = parts.getOrDefault("O", "");
        if (nodeId.isEmpty() || clusterId.isEmpty()) {
            return Optional.empty();
        }
        return switch (parts.getOrDefault("OU", "")) {
            case MANAGER_UNIT -> Optional.of(new PeerIdentity(nodeId, NodeRole.ROLE_MANAGER, clusterId));
            case WORKER_UNIT -> Optional.of(new PeerIdentity(nodeId, NodeRole.ROLE_WORKER, clusterId));
            default -> Optional.empty();
        };
    }

    /** The peer at the other end of a finished handshake; empty if it showed no certificate, or not a node's. */
    public static Optional<PeerIdentity> of(SSLSession session) {
        Certificate[] chain;
        try {
            chain = session.getPeerCertificates();
        } catch (SSLPeerUnverifiedException e) {
            return Optional.empty();
        }
        return chain.length > 0 && chain[0] instanceof X509Certificate leaf ? of(leaf) : Optional.empty();
    }

    static String name(NodeRole role) {
        return role == NodeRole.ROLE_MANAGER ? "manager" : "worker";
    }

    /** As the certificate says its role: {@code swarm-manager} or {@code swarm-worker}. */
    public String unit() {
        return unit(role);
    }

    private static String unit(NodeRole role) {
        return switch (role) {
            case ROLE_MANAGER -> MANAGER_UNIT;
            case ROLE_WORKER -> WORKER_UNIT;
            case UNRECOGNIZED -> throw new IllegalArgumentException("unknown node role");
        };
    }
}
