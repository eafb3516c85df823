package dev.muster.manager.access;

import dev.muster.api.NodeRole;
import dev.muster.manager.access.AccessRules.Rule;
import dev.muster.manager.state.ClusterState;
import dev.muster.pki.Caller;
import dev.muster.pki.PeerIdentity;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Lets a call through if its caller may make it, and tells the call who that is ({@link Caller#current}). The role and
 * cluster are those of the certificate; a node that was removed or demoted is refused whatever its certificate says. Any
 * thread.
 */
public final class AccessInterceptor implements ServerInterceptor {
    private final String clusterId;
    private final Supplier<ClusterState> state;

    public AccessInterceptor(String clusterId, Supplier<ClusterState> state) {
        this.clusterId = clusterId;
        this.state = state;
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        var caller = ofThisCluster(Caller.of(call.getAttributes()));
        var refusal = refusal(call.getMethodDescriptor().getFullMethodName(), caller.identity());
        if (refusal.isPresent()) {
            call.close(refusal.get(), new Metadata());
            return new ServerCall.Listener<>() {};
        }
        return Contexts.interceptCall(caller.within(Context.current()), call, headers, next);
    }

    /** A certificate of another cluster, should one get this far, is no certificate. */
    private Caller ofThisCluster(Caller caller) {
        return new Caller(
                caller.identity().filter(identity -> identity.clusterId().equals(clusterId)), caller.address());
    }

    /** Why the call must not be made; empty if it may be. */
    Optional<Status> refusal(String fullMethodName, Optional<PeerIdentity> identity) {
        var rule = AccessRules.of(fullMethodName);
        if (rule.isEmpty()) {
            return Optional.of(Status.UNIMPLEMENTED.withDescription("no such call: " + fullMethodName));
        }
        return switch (rule.get()) {
            case ANYONE -> Optional.empty();
            case ANY_NODE, MANAGERS, MANAGERS_EARLY -> refusal(rule.get(), fullMethodName, identity);
            case LOCAL_ONLY ->
                Optional.of(Status.PERMISSION_DENIED.withDescription(
                        fullMethodName + " is for the local socket of the node"));
        };
    }

    private Optional<Status> refusal(Rule rule, String fullMethodName, Optional<PeerIdentity> identity) {
        if (identity.isEmpty()) {
            return Optional.of(Status.UNAUTHENTICATED.withDescription(
                    fullMethodName + " needs the certificate of a node of this cluster"));
        }
        if (rule != Rule.ANY_NODE && identity.get().role() != NodeRole.ROLE_MANAGER) {
            return Optional.of(Status.PERMISSION_DENIED.withDescription(fullMethodName + " is for managers only"));
        }
        if (rule == Rule.MANAGERS_EARLY && state.get().cluster().isEmpty()) {
            return Optional.empty();
        }
        return notAMember(identity.get().nodeId()).or(() -> demoted(rule, fullMethodName, identity.get()));
    }

    /** A certificate says what its node was when it was issued; a manager that was let go keeps it for months. */
    private Optional<Status> demoted(Rule rule, String fullMethodName, PeerIdentity identity) {
        return rule == Rule.ANY_NODE
                ? Optional.empty()
                : state.get()
                        .node(identity.nodeId())
                        .filter(node -> node.getRole() != NodeRole.ROLE_MANAGER)
                        .map(node -> Status.PERMISSION_DENIED.withDescription(
                                fullMethodName + " is for managers only: node " + node.getId() + " is a worker now"));
    }

    private Optional<Status> notAMember(String nodeId) {
        var now = state.get();
        if (now.node(nodeId).isPresent()) {
            return Optional.empty();
        }
        var removed = now.cluster().stream()
                .flatMap(cluster -> cluster.getRemovedNodesList().stream())
                .anyMatch(node -> node.getNodeId().equals(nodeId));
        return Optional.of(
                removed
                        ? Status.NOT_FOUND.withDescription("node " + nodeId + " was removed from the cluster")
                        // Neither there nor removed: this manager's state is not that far yet.
                        : Status.UNAVAILABLE.withDescription("node " + nodeId + " is not known to this manager yet"));
    }
}
