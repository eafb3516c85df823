package dev.muster.pki;

import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * Who makes the gRPC call that is being served: the node its certificate names, and the address it comes from.
 *
 * @param identity empty if the client showed no certificate
 * @param address of the other end of the connection, without port; empty if there is none (in-process)
 */
public record Caller(Optional<PeerIdentity> identity, String address) {
    private static final Context.Key<Caller> KEY = Context.key("muster-caller");

    /** Of the call that this thread serves. */
    public static Caller current() {
        var caller = KEY.get();
        if (caller == null) {
            throw new IllegalStateException("not inside a call, or its server does not tell who calls");
        }
        return caller;
    }

    /** Its node; fails if the client showed no certificate, which the server's rules ruled out. */
    public PeerIdentity node() {
        return identity.orElseThrow(() -> new IllegalStateException("the caller showed no certificate"));
    }

    /** The call's context with this caller in it, for servers and tests that know the caller otherwise. */
    public Context within(Context context) {
        return context.withValue(KEY, this);
    }

    /** Tells every call who makes it. Checks nothing. */
    public static ServerInterceptor interceptor() {
        return new ServerInterceptor() {
            @Override
            public <Q, R> ServerCall.Listener<Q> interceptCall(
                    ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
                return Contexts.interceptCall(of(call.getAttributes()).within(Context.current()), call, headers, next);
            }
        };
    }

    /** The caller behind a connection. */
    public static Caller of(Attributes connection) {
        var session = connection.get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
        var remote = connection.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
        var address = remote instanceof InetSocketAddress socket && socket.getAddress() != null
                ? socket.getAddress().getHostAddress()
                : "";
        return new Caller(session == null ? Optional.empty() : PeerIdentity.of(session), address);
    }
}
