package dev.muster.manager.membership;

import static java.lang.System.Logger.Level.INFO;

import dev.muster.api.EpochRequest;
import dev.muster.api.Kind;
import dev.muster.api.MembershipGrpc;
import dev.muster.api.Node;
import dev.muster.manager.loop.LeaderTerm;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ObjectKey;
import dev.muster.pki.ManagerChannel;
import dev.muster.pki.TlsContexts;
import io.grpc.StatusRuntimeException;
import io.netty.channel.EventLoopGroup;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Raises the cluster's feature level when every manager knows a greater one: after the last of them was upgraded. A manager
 * that does not answer keeps it down, since it may be of the older version. A thread of the leader's term.
 */
public final class FeatureLevelDuty {
    private static final System.Logger LOG = System.getLogger(FeatureLevelDuty.class.getName());
    private static final Duration PAUSE = Duration.ofSeconds(2);
    private static final long CALL_SECONDS = 2;

    private final LeaderTerm term;
    private final String nodeId;
    private final int ownLevel;
    private final TlsContexts tls;
    private final EventLoopGroup loops;
    private final InstantSource clock;

    /**
     * @param nodeId of this manager
     * @param ownLevel the greatest that this manager knows
     */
    public FeatureLevelDuty(
            LeaderTerm term, String nodeId, int ownLevel, TlsContexts tls, EventLoopGroup loops, InstantSource clock) {
        this.term = term;
        this.nodeId = nodeId;
        this.ownLevel = ownLevel;
        this.tls = tls;
        this.loops = loops;
        this.clock = clock;
    }

    /** Begins; ends with the term, or when there is nothing left to raise. */
    public void begin() {
        term.fork("feature-level", this::watch);
    }

    private void watch() {
        try {
            do {
                pass(term.states().current());
            } while (!done(term.states().current()) && !term.awaitClosed(PAUSE));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean done(ClusterState state) {
        return state.cluster().isPresent() && state.featureLevel() >= ownLevel;
    }

    private void pass(ClusterState state) {
        if (state.cluster().isEmpty() || done(state)) {
            return;
        }
        var managers = state.nodes().values().stream()
                .filter(node -> node.hasManagerStatus() && !node.getId().equals(nodeId))
                .toList();
        int level = managers.stream().mapToInt(this::levelOf).reduce(ownLevel, Math::min);
        if (level > state.featureLevel()) {
            raise(state, managers, level);
        }
    }

    private void raise(ClusterState state, List<Node> managers, int level) {
        var changes = new ChangeSetBuilder(clock.instant(), "feature-level");
        changes.update(
                state.cluster().orElseThrow().toBuilder().setFeatureLevel(level).build());
        // Who is a manager by now and was not asked says no by its join: it knows the level, or is refused.
        managers.forEach(node -> changes.requireExists(new ObjectKey(Kind.KIND_NODE, node.getId())));
        if (term.proposer().propose(changes.build()).accepted()) {
            LOG.log(INFO, "every manager knows feature level {0}: it is the cluster''s from now on", level);
        }
    }

    /** The greatest that the manager knows; 0 if it does not say. */
    private int levelOf(Node manager) {
        var address = manager.getManagerStatus().getAddress();
        if (address.isEmpty()) {
            return 0;
        }
        var channel = ManagerChannel.open(address, tls.client(), loops);
        try {
            var answer = MembershipGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)
                    .epoch(EpochRequest.getDefaultInstance());
            return answer.getFeatureLevel();
        } catch (StatusRuntimeException e) {
            return 0;
        } finally {
            channel.shutdownNow();
        }
    }
}
