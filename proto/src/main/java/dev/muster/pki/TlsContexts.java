package dev.muster.pki;

import dev.muster.api.NodeRole;
import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Predicate;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * TLS with the identity of the moment. {@link #replace} is seen by the next handshake, of servers and clients that
 * already exist too; connections that stand go on. Safe for any thread.
 */
public final class TlsContexts {
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

    private final CurrentKey key;
    private final InstantSource clock;

    public TlsContexts(NodeIdentity identity, InstantSource clock) {
        this.key = new CurrentKey(identity);
        this.clock = clock;
    }

    public NodeIdentity identity() {
        return key.identity();
    }

    /** The next identity of the same node; another role is fine. */
    public void replace(NodeIdentity next) {
        var now = identity();
        if (!next.nodeId().equals(now.nodeId()) || !next.clusterId().equals(now.clusterId())) {
            throw new IllegalArgumentException("the identity of node " + now.nodeId() + " cannot become " + next);
        }
        key.replace(next);
    }

    public X509ExtendedKeyManager keyManager() {
        return key;
    }

    /** Trusts clients that are nodes of the cluster, and servers that are managers of it. */
    public X509ExtendedTrustManager trustManager() {
        return new ClusterTrust(key::identity, clock, Optional.empty(), _ -> false);
    }

    /** Trusts managers of the cluster only: for Raft. */
    public X509ExtendedTrustManager managersOnly() {
        return managersOnly(_ -> false);
    }

    /**
     * The same, but for nodes that were let go and still have a certificate.
     *
     * @param barred nodes by id, asked at each handshake
     */
    public X509ExtendedTrustManager managersOnly(Predicate<String> barred) {
        return new ClusterTrust(key::identity, clock, Optional.of(NodeRole.ROLE_MANAGER), barred);
    }

    /** For a gRPC server. A client may come without a certificate: which calls it can make is checked per call. */
    public SslContext server() {
        var builder = SslContextBuilder.forServer(key)
                .trustManager(trustManager())
                .clientAuth(ClientAuth.OPTIONAL)
                .protocols(PROTOCOLS);
        return build(GrpcSslContexts.configure(builder, SslProvider.JDK));
    }

    /** For gRPC to a manager. */
    public SslContext client() {
        var builder = SslContextBuilder.forClient()
                .keyManager(key)
                .trustManager(trustManager())
                .endpointIdentificationAlgorithm(null)
                .protocols(PROTOCOLS);
        return build(GrpcSslContexts.configure(builder, SslProvider.JDK));
    }

    /** For gRPC without a certificate, trusting what is given. */
    static SslContext anonymous(X509ExtendedTrustManager trust) {
        var builder = SslContextBuilder.forClient()
                .trustManager(trust)
                .endpointIdentificationAlgorithm(null)
                .protocols(PROTOCOLS);
        return build(GrpcSslContexts.configure(builder, SslProvider.JDK));
    }

    private static SslContext build(SslContextBuilder builder) {
        try {
            return builder.build();
        } catch (SSLException e) {
            throw new PkiFailure("could not set up TLS", e);
        }
    }
}
