package dev.muster.manager.membership;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import dev.muster.api.Kind;
import dev.muster.api.NodeRole;
import dev.muster.api.Reachability;
import dev.muster.manager.loop.LeaderTerm;
import dev.muster.manager.membership.MembershipPlan.Step;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.write.Writer;
import java.time.Duration;
import java.time.InstantSource;

/**
 * The leader's care for the group of managers, as two threads of its term: one writes whom it hears of into the state, one
 * makes the group what the nodes say. The second may wait for minutes, while a new member catches up.
 */
public final class MembershipDuty {
    private static final System.Logger LOG = System.getLogger(MembershipDuty.class.getName());

    /** Reachability is asked of Raft, which does not tell. */
    private static final Duration LOOK = Duration.ofMillis(500);

    /** After a step that failed, or cannot be taken now. */
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final LeaderTerm term;
    private final RaftGroup group;
    private final ManagerProbe probe;
    private final DataKeyDuty dataKeys;
    private final ManagerStatuses.Leader leader;
    private final InstantSource clock;
    private final Writer writer;
    private String lastProblem = "";

    /**
     * @param address HOST:PORT of this manager's gRPC
     * @param raftAddress HOST:PORT of its Raft
     */
    public MembershipDuty(
            LeaderTerm term,
            RaftGroup group,
            ManagerProbe probe,
            DataKeyDuty dataKeys,
            String nodeId,
            String address,
            String raftAddress,
            InstantSource clock) {
        this.term = term;
        this.group = group;
        this.probe = probe;
        this.dataKeys = dataKeys;
        this.leader = new ManagerStatuses.Leader(nodeId, address, raftAddress);
        this.clock = clock;
        this.writer = new Writer(term.proposer(), term.states(), clock);
    }

    /** Begins; ends with the term. */
    public void begin() {
        term.fork("manager-status", () -> whileLeading(LOOK, this::passStatuses));
        term.fork("membership", () -> whileLeading(RETRY, this::passMembers));
    }

    private void whileLeading(Duration atLeastEvery, Runnable pass) {
        try (var updates = term.states().subscribe()) {
            while (!term.isClosed()) {
                pass.run();
                awaitNodes(updates, atLeastEvery);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Until a node is touched, or it is time anyway. Tasks are touched all the time and concern nobody here. */
    private static void awaitNodes(ClusterStates.Subscription updates, Duration atMost) throws InterruptedException {
        var update = updates.await(atMost);
        while (update.isPresent() && !update.get().touched().touches(Kind.KIND_NODE)) {
            update = updates.await(atMost);
        }
    }

    private void passStatuses() {
        var before = term.states().current();
        var changes = ManagerStatuses.changes(before, group.members(), leader, clock.instant());
        // What is not taken is proposed again by the next pass, from what it then sees.
        if (!changes.isEmpty() && term.proposer().propose(changes.build()).accepted()) {
            tell(before, term.states().current());
        }
    }

    private static void tell(ClusterState before, ClusterState after) {
        for (var node : after.nodes().values()) {
            var now = node.getManagerStatus().getReachability();
            var earlier = before.node(node.getId())
                    .map(known -> known.getManagerStatus().getReachability());
            if (earlier.filter(known -> known != now).isPresent()) {
                LOG.log(
                        INFO,
                        "manager {0} is {1}",
                        node.getId(),
                        now == Reachability.REACHABILITY_REACHABLE ? "reachable" : "not reachable");
            }
        }
    }

    private void passMembers() {
        try {
            var step = MembershipPlan.next(term.states().current(), group.members(), group.self());
            while (!term.isClosed() && take(step)) {
                step = MembershipPlan.next(term.states().current(), group.members(), group.self());
            }
            // In the same thread: no member comes while the key changes.
            dataKeys.pass();
        } catch (RuntimeException e) {
            problem(String.valueOf(e.getMessage()));
        }
    }

    /** True if it was taken, so that the next one can be looked for at once. */
    private boolean take(Step step) {
        switch (step) {
            case Step.Nothing _ -> {
                lastProblem = "";
                return false;
            }
            case Step.Wait(String why) -> {
                problem(why);
                return false;
            }
            case Step.Add add -> {
                return add(add);
            }
            case Step.Remove(String memberId, String nodeId) -> {
                LOG.log(INFO, "manager {0} leaves the Raft group (member {1})", nodeId, memberId);
                group.remove(memberId);
            }
            case Step.HandOver(String successor) -> {
                LOG.log(INFO, "this manager is to leave the Raft group: {0} leads from now on", successor);
                group.handOver(successor);
                return false;
            }
            case Step.Release(String nodeId) -> release(nodeId);
        }
        return true;
    }

    private boolean add(Step.Add add) {
        var unreachable =
                probe.problem(add.nodeId(), add.address()).or(() -> probe.problem(add.nodeId(), add.raftAddress()));
        if (unreachable.isPresent()) {
            problem("manager " + add.nodeId() + " is not in the Raft group yet: " + unreachable.get());
            return false;
        }
        LOG.log(INFO, "manager {0} joins the Raft group (member {1})", add.nodeId(), add.memberId());
        dataKeys.tell(add.memberId(), add.address());
        group.add(add.memberId(), add.raftAddress());
        LOG.log(INFO, "manager {0} votes", add.nodeId());
        return true;
    }

    private void release(String nodeId) {
        writer.commit("membership", (state, changes) -> {
            state.node(nodeId)
                    .filter(node -> node.hasManagerStatus() && node.getSpec().getRole() == NodeRole.ROLE_WORKER)
                    .ifPresent(node -> changes.update(node.toBuilder()
                            .clearManagerStatus()
                            .setRole(NodeRole.ROLE_WORKER)
                            .build()));
            return nodeId;
        });
        LOG.log(INFO, "node {0} is a worker from now on", nodeId);
    }

    /** Said once, however often it is met in a row. */
    private void problem(String text) {
        if (!text.equals(lastProblem)) {
            lastProblem = text;
            LOG.log(WARNING, "{0}", text);
        }
    }
}
