package dev.muster.manager.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Node;
import dev.muster.api.NodeRole;
import dev.muster.api.Reachability;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.LocalLog;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManagerQuorumTest {
    private static final String LAST = "attempting to demote the last manager of the swarm";
    private static final String QUORUM = "can't remove member from the raft: this would result in a loss of quorum";

    /** Managers m1, m2 …: R reachable, U unreachable, N not in the group yet, D demoted and still in it. */
    @ParameterizedTest
    @CsvSource({
        "R,     m1, LAST",
        "RR,    m1, ",
        "RU,    m1, QUORUM",
        "RU,    m2, ",
        "RRR,   m3, ",
        "RRU,   m2, QUORUM",
        "RRU,   m3, ",
        "RRRUU, m1, QUORUM",
        "RRRUU, m5, ",
        "RRRRU, m1, ",
        "RN,    m2, ",
        "RDR,   m3, ",
        "RD,    m1, LAST",
        "DRR,   m2, ",
    })
    void demotionsThatLeaveNoQuorumAreRefused(String managers, String demoted, String refusal) {
        var log = new LocalLog(new ClusterStates());
        var changes = new ChangeSetBuilder(Instant.EPOCH, "test");
        for (int i = 0; i < managers.length(); i++) {
            changes.create(node("m" + (i + 1), managers.charAt(i)));
        }
        log.propose(changes.build());
        var state = log.states().current();

        String answer = "";
        try {
            ManagerQuorum.requireChange(state, state.node(demoted).orElseThrow(), NodeRole.ROLE_WORKER);
        } catch (ControlFailure e) {
            answer = e.text();
        }

        assertThat(answer).isEqualTo(refusal == null ? "" : refusal.equals("LAST") ? LAST : QUORUM);
    }

    private static Node node(String id, char kind) {
        var node = Node.newBuilder().setId(id).setRole(NodeRole.ROLE_MANAGER);
        node.getSpecBuilder().setRole(kind == 'D' ? NodeRole.ROLE_WORKER : NodeRole.ROLE_MANAGER);
        node.getManagerStatusBuilder()
                .setRaftMemberId(id + ".log")
                .setReachability(
                        switch (kind) {
                            case 'R', 'D' -> Reachability.REACHABILITY_REACHABLE;
                            case 'U' -> Reachability.REACHABILITY_UNREACHABLE;
                            default -> Reachability.REACHABILITY_UNKNOWN;
                        });
        return node.build();
    }
}
