package dev.muster.manager.dispatcher;

import static java.lang.System.Logger.Level.DEBUG;

import dev.muster.api.ChangeSet;
import dev.muster.api.Node;
import dev.muster.api.NodeDescription;
import dev.muster.api.NodeState;
import dev.muster.api.NodeStatus;
import dev.muster.api.Timestamps;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.ProposalResult;
import dev.muster.manager.state.Proposer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** Writes into the state what is learned of nodes. Blocks until it is committed. Any thread. */
final class NodeReports {
    private static final System.Logger LOG = System.getLogger(NodeReports.class.getName());

    /** Others write a node too (allocator, users), but each only now and then. */
    private static final int MOST_TRIES = 10;

    private final ClusterStates states;
    private final Proposer proposer;
    private final InstantSource clock;

    NodeReports(ClusterStates states, Proposer proposer, InstantSource clock) {
        this.states = states;
        this.proposer = proposer;
        this.clock = clock;
    }

    /**
     * The node has registered. Empty if there is no such node. It is written even if it says nothing new: what is under
     * way to write the node off then no longer fits.
     */
    Optional<ProposalResult> ready(String nodeId, NodeDescription description, String address) {
        return write(
                nodeId,
                true,
                node -> node.toBuilder()
                        .setDescription(description)
                        .setStatus(status(node, NodeState.NODE_READY, "").setAddress(address))
                        .build());
    }

    /** The node describes itself. Empty if there is no such node. */
    Optional<ProposalResult> describe(String nodeId, NodeDescription description) {
        return write(
                nodeId,
                false,
                node -> node.toBuilder().setDescription(description).build());
    }

    /**
     * Moves nodes to a state, as long as the condition holds.
     *
     * @param applies looked at again before each try: a node may come back while it is written off
     * @return the nodes for which it could not be said, and that the condition still holds for
     */
    List<String> move(Collection<String> nodeIds, NodeState to, String message, Predicate<Node> applies) {
        var open = List.copyOf(nodeIds);
        for (int tries = 0; tries < MOST_TRIES && !open.isEmpty(); tries++) {
            var proposed = new ArrayList<String>();
            var changeSets = new ArrayList<ChangeSet>();
            for (var nodeId : open) {
                var node = states.current().node(nodeId).filter(applies);
                if (node.isPresent() && node.get().getStatus().getState() != to) {
                    proposed.add(nodeId);
                    changeSets.add(changeSet(node.get().toBuilder()
                            .setStatus(status(node.get(), to, message))
                            .build()));
                }
            }
            if (changeSets.isEmpty()) {
                return List.of();
            }
            var results = proposer.propose(changeSets);
            var failed = new ArrayList<String>();
            for (int i = 0; i < results.size(); i++) {
                if (!results.get(i).accepted()) {
                    LOG.log(
                            DEBUG,
                            "node {0} not moved to {1}: {2}",
                            proposed.get(i),
                            to,
                            results.get(i).message());
                    failed.add(proposed.get(i));
                }
            }
            if (results.stream()
                    .anyMatch(result ->
                            result instanceof ProposalResult.Refused || result instanceof ProposalResult.NotLeader)) {
                return failed;
            }
            open = failed;
        }
        return open;
    }

    private Optional<ProposalResult> write(String nodeId, boolean always, UnaryOperator<Node> change) {
        ProposalResult result = new ProposalResult.Refused("node " + nodeId + " is written by too many at once");
        for (int tries = 0; tries < MOST_TRIES; tries++) {
            var node = states.current().node(nodeId);
            if (node.isEmpty()) {
                return Optional.empty();
            }
            var changed = change.apply(node.get());
            if (!always && changed.equals(node.get())) {
                return Optional.of(
                        new ProposalResult.Accepted(node.get().getMeta().getVersion()));
            }
            result = proposer.propose(changeSet(changed));
            if (!(result instanceof ProposalResult.Rejected)) {
                return Optional.of(result);
            }
        }
        return Optional.of(result);
    }

    private ChangeSet changeSet(Node node) {
        return new ChangeSetBuilder(clock.instant(), "dispatcher").update(node).build();
    }

    private NodeStatus.Builder status(Node node, NodeState state, String message) {
        var status = node.getStatus().toBuilder().setState(state).setMessage(message);
        if (node.getStatus().getState() != state || !node.getStatus().hasSince()) {
            status.setSince(Timestamps.of(clock.instant()));
        }
        return status;
    }
}
