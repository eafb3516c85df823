package dev.muster.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Cluster;
import dev.muster.api.Node;
import dev.muster.api.Reachability;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.LocalLog;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LeaveWarningTest {
    private static final String BEGINNING =
            "You are attempting to leave the swarm on a node that is participating as a manager. ";
    private static final String END =
            "The only way to restore a swarm that has lost consensus is to reinitialize it with"
                    + " `--force-new-cluster`. Use `--force` to suppress this message.";

    /** R: reachable, U: not. */
    private static Optional<ClusterStates> managers(String kinds) {
        var log = new LocalLog(new ClusterStates());
        var changes = new ChangeSetBuilder(Instant.EPOCH, "test");
        changes.create(Cluster.newBuilder().setId("c1").build());
        changes.create(Node.newBuilder().setId("w1").build());
        for (int i = 0; i < kinds.length(); i++) {
            var node = Node.newBuilder().setId("m" + i);
            node.getManagerStatusBuilder()
                    .setReachability(
                            kinds.charAt(i) == 'R'
                                    ? Reachability.REACHABILITY_REACHABLE
                                    : Reachability.REACHABILITY_UNREACHABLE);
            changes.create(node.build());
        }
        assertThat(log.propose(changes.build()).accepted()).isTrue();
        return Optional.of(log.states());
    }

    @Test
    void saysWhatLeavingWouldCost() {
        assertThat(LeaveWarning.of(managers("R")))
                .isEqualTo(BEGINNING
                        + "Removing the last manager erases all current state of the swarm. Use `--force` to ignore"
                        + " this message.");
        assertThat(LeaveWarning.of(managers("RR")))
                .isEqualTo(BEGINNING
                        + "Removing this node leaves 1 managers out of 2. Without a Raft quorum your swarm will be"
                        + " inaccessible. "
                        + END);
        assertThat(LeaveWarning.of(managers("RRU")))
                .startsWith(BEGINNING + "Removing this node leaves 1 managers out of 3. Without a Raft quorum");
        assertThat(LeaveWarning.of(managers("RRR")))
                .as("two of three are a majority")
                .isEqualTo(BEGINNING + END);
        assertThat(LeaveWarning.of(Optional.empty()))
                .isEqualTo(BEGINNING + "Doing so may lose the consensus of your cluster. " + END);
    }
}
