package dev.muster.manager.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Cluster;
import dev.muster.api.ControlGrpc;
import dev.muster.api.DispatcherGrpc;
import dev.muster.api.LogBrokerGrpc;
import dev.muster.api.MembershipGrpc;
import dev.muster.api.Node;
import dev.muster.api.NodeCaGrpc;
import dev.muster.api.NodeControlGrpc;
import dev.muster.api.NodeRole;
import dev.muster.api.ProposalsGrpc;
import dev.muster.api.RemovedNode;
import dev.muster.manager.access.AccessRules.Rule;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStateBuilder;
import dev.muster.pki.PeerIdentity;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.Status.Code;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every call that the generated services have, by everybody who may come: a call without a rule fails here. */
class EveryCallTest {
    private static final List<ServiceDescriptor> SERVICES = List.of(
            ControlGrpc.getServiceDescriptor(),
            DispatcherGrpc.getServiceDescriptor(),
            LogBrokerGrpc.getServiceDescriptor(),
            MembershipGrpc.getServiceDescriptor(),
            NodeCaGrpc.getServiceDescriptor(),
            NodeControlGrpc.getServiceDescriptor(),
            ProposalsGrpc.getServiceDescriptor());

    /** Who calls, and with which role in which cluster's certificate. */
    enum Who {
        NOBODY,
        WORKER,
        MANAGER,
        DEMOTED,
        REMOVED_WORKER,
        REMOVED_MANAGER,
        STRANGER;

        private Optional<PeerIdentity> identity() {
            return switch (this) {
                case NOBODY -> Optional.empty();
                case WORKER -> Optional.of(new PeerIdentity("w1", NodeRole.ROLE_WORKER, "c1"));
                case MANAGER -> Optional.of(new PeerIdentity("m1", NodeRole.ROLE_MANAGER, "c1"));
                case DEMOTED -> Optional.of(new PeerIdentity("w1", NodeRole.ROLE_MANAGER, "c1"));
                case REMOVED_WORKER -> Optional.of(new PeerIdentity("gone", NodeRole.ROLE_WORKER, "c1"));
                case REMOVED_MANAGER -> Optional.of(new PeerIdentity("gone", NodeRole.ROLE_MANAGER, "c1"));
                case STRANGER -> Optional.of(new PeerIdentity("m1", NodeRole.ROLE_MANAGER, "c2"));
            };
        }
    }

    private final ClusterState state = new ClusterStateBuilder()
            .put(Cluster.newBuilder()
                    .setId("c1")
                    .addRemovedNodes(RemovedNode.newBuilder().setNodeId("gone"))
                    .build())
            .put(Node.newBuilder().setId("m1").setRole(NodeRole.ROLE_MANAGER).build())
            .put(Node.newBuilder().setId("w1").build())
            .build();
    private final AccessInterceptor interceptor = new AccessInterceptor("c1", () -> state);

    static Stream<Arguments> calls() {
        return SERVICES.stream()
                .flatMap(service -> service.getMethods().stream())
                .map(MethodDescriptor::getFullMethodName)
                .flatMap(call -> Stream.of(Who.values()).map(who -> Arguments.of(call, who)));
    }

    @ParameterizedTest
    @MethodSource("calls")
    void isAnsweredOnlyToWhoMayMakeIt(String call, Who who) {
        var expected = expected(AccessRules.of(call).orElseThrow(), who);

        // As the interceptor does: another cluster's certificate is none.
        var identity = who.identity().filter(given -> given.clusterId().equals("c1"));
        assertThat(interceptor.refusal(call, identity).map(Status::getCode).orElse(Code.OK))
                .isEqualTo(expected);
    }

    private static Code expected(Rule rule, Who who) {
        return switch (rule) {
            // Renewal looks at the certificate itself, and a removed node's is refused there.
            case ANYONE -> Code.OK;
            case ANY_NODE ->
                switch (who) {
                    case WORKER, MANAGER, DEMOTED -> Code.OK;
                    case NOBODY, STRANGER -> Code.UNAUTHENTICATED;
                    case REMOVED_WORKER, REMOVED_MANAGER -> Code.NOT_FOUND;
                };
            case MANAGERS, MANAGERS_EARLY ->
                switch (who) {
                    case MANAGER -> Code.OK;
                    case NOBODY, STRANGER -> Code.UNAUTHENTICATED;
                    case WORKER, DEMOTED, REMOVED_WORKER -> Code.PERMISSION_DENIED;
                    case REMOVED_MANAGER -> Code.NOT_FOUND;
                };
            case LOCAL_ONLY -> Code.PERMISSION_DENIED;
        };
    }

    @Test
    void onlyJoiningIsOpenAndOnlyAgentsCallsAreOpenToWorkers() {
        assertThat(AccessRules.all().entrySet().stream()
                        .filter(rule -> rule.getValue() == Rule.ANYONE)
                        .map(rule -> rule.getKey()))
                .containsExactlyInAnyOrder("muster.v1.NodeCa/RootCertificate", "muster.v1.NodeCa/IssueCertificate");
        assertThat(AccessRules.all().entrySet().stream()
                        .filter(rule -> rule.getValue() == Rule.ANY_NODE)
                        .map(rule -> rule.getKey())
                        .filter(call ->
                                !call.startsWith("muster.v1.Dispatcher/") && !call.startsWith("muster.v1.LogBroker/")))
                .as("a manager that was let go asks for the epoch too, which is no secret")
                .containsExactly("muster.v1.Membership/Epoch");
    }

    @Test
    void everyRuleIsOfACallThatThereIs() {
        assertThat(SERVICES.stream()
                        .flatMap(service -> service.getMethods().stream())
                        .map(MethodDescriptor::getFullMethodName)
                        .collect(Collectors.toSet()))
                .isEqualTo(AccessRules.all().keySet());
    }
}
