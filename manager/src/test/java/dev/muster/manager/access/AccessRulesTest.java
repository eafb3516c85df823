package dev.muster.manager.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Cluster;
import dev.muster.api.Node;
import dev.muster.api.NodeRole;
import dev.muster.api.RemovedNode;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStateBuilder;
import dev.muster.pki.PeerIdentity;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AccessRulesTest {
    private static final Path PROTOS = Path.of("../proto/src/main/proto/muster/v1");
    private static final Pattern SERVICE_OR_CALL = Pattern.compile("(?m)^\\s*(service|rpc)\\s+(\\w+)");

    private final ClusterState state = new ClusterStateBuilder()
            .put(Cluster.newBuilder()
                    .setId("c1")
                    .addRemovedNodes(RemovedNode.newBuilder().setNodeId("gone"))
                    .build())
            .put(Node.newBuilder().setId("m1").setRole(NodeRole.ROLE_MANAGER).build())
            .put(Node.newBuilder().setId("w1").build())
            .build();
    private final AccessInterceptor interceptor = new AccessInterceptor("c1", () -> state);

    @Test
    void everyCallOfEveryServiceHasARule() throws IOException {
        var calls = new TreeSet<String>();
        try (var files = Files.list(PROTOS)) {
            for (var file : files.sorted().toList()) {
                var service = "";
                var match = SERVICE_OR_CALL.matcher(Files.readString(file));
                while (match.find()) {
                    if (match.group(1).equals("service")) {
                        service = match.group(2);
                    } else {
                        calls.add("muster.v1." + service + "/" + match.group(2));
                    }
                }
            }
        }

        assertThat(calls).hasSizeGreaterThan(40);
        assertThat(new TreeSet<>(AccessRules.all().keySet())).isEqualTo(calls);
    }

    @ParameterizedTest
    @CsvSource({
        "NodeCa/RootCertificate, , , OK",
        "NodeCa/IssueCertificate, , , OK",
        "Dispatcher/Session, , , UNAUTHENTICATED",
        "Dispatcher/Session, w1, WORKER, OK",
        "Dispatcher/Session, m1, MANAGER, OK",
        "Dispatcher/Session, gone, WORKER, NOT_FOUND",
        "Dispatcher/Session, new, WORKER, UNAVAILABLE",
        "LogBroker/Publish, w1, WORKER, OK",
        "Control/ListNodes, w1, WORKER, PERMISSION_DENIED",
        "Control/ListNodes, m1, MANAGER, OK",
        "Control/ListNodes, w1, MANAGER, PERMISSION_DENIED",
        "Proposals/Propose, w1, MANAGER, PERMISSION_DENIED",
        "Dispatcher/Session, w1, MANAGER, OK",
        "Control/ListNodes, gone, MANAGER, NOT_FOUND",
        "Membership/JoinRaft, w1, WORKER, PERMISSION_DENIED",
        "NodeControl/Init, m1, MANAGER, PERMISSION_DENIED",
        "Control/Unheard, m1, MANAGER, UNIMPLEMENTED",
    })
    void callsAreRefusedByRoleAndMembership(String call, String node, String role, Status.Code expected) {
        var identity =
                Optional.ofNullable(node).map(id -> new PeerIdentity(id, NodeRole.valueOf("ROLE_" + role), "c1"));

        var refusal = interceptor.refusal("muster.v1." + call, identity);

        assertThat(refusal.map(Status::getCode).orElse(Status.Code.OK)).isEqualTo(expected);
    }

    @Test
    void aManagerWhoseStateIsNotLoadedYetTellsNobodyThatHeWasRemoved() {
        var starting = new AccessInterceptor("c1", () -> ClusterState.EMPTY);
        var identity = Optional.of(new PeerIdentity("w1", NodeRole.ROLE_WORKER, "c1"));

        assertThat(starting.refusal("muster.v1.Dispatcher/Session", identity).map(Status::getCode))
                .contains(Status.Code.UNAVAILABLE);
    }
}
