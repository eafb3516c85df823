package dev.muster.manager.membership;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import dev.muster.api.Cluster;
import dev.muster.api.DataKey;
import dev.muster.api.KeepDataKeysRequest;
import dev.muster.api.KeepDataKeysResponse;
import dev.muster.manager.loop.LeaderTerm;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.write.Writer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The leader's care for the data keys: a new one is on every member's disk before an entry of the log says that it seals
 * from then on, and an old one is forgotten when no member's log or snapshot may name it. A leader that dies in the middle
 * leaves a key that nobody uses; the next one makes another. One thread, the one in which members come and go.
 */
public final class DataKeyDuty {
    private static final System.Logger LOG = System.getLogger(DataKeyDuty.class.getName());

    /** Between looks for keys that can be forgotten: they can after snapshots, which are hours apart on most clusters. */
    private static final Duration LOOK = Duration.ofMinutes(1);

    private final LeaderTerm term;
    private final RaftGroup group;
    private final DataKeys own;
    private final Courier courier;
    private final InstantSource clock;
    private final Writer writer;
    private @Nullable Pending pending;
    private Instant nextLook;
    private String lastProblem = "";

    /** How another manager gets keys. A boundary. */
    public interface Courier {
        /**
         * The keys are on the other manager's disk when this returns; it throws a runtime exception if they may not be.
         *
         * @param address HOST:PORT of the manager's gRPC
         */
        KeepDataKeysResponse bring(String address, KeepDataKeysRequest request);
    }

    /** A key that is being handed out, to these members, for this wish. */
    private record Pending(DataKey key, Set<String> members, long wish) {}

    public DataKeyDuty(LeaderTerm term, RaftGroup group, DataKeys own, Courier courier, InstantSource clock) {
        this.term = term;
        this.group = group;
        this.own = own;
        this.courier = courier;
        this.clock = clock;
        this.writer = new Writer(term.proposer(), term.states(), clock);
        this.nextLook = clock.instant();
    }

    /** Takes the next step if there is one and it can be taken now; what it cannot is said once, and tried again. */
    public void pass() {
        var state = term.states().current();
        var members = group.members();
        if (state.cluster().isEmpty() || term.isClosed()) {
            return;
        }
        try {
            if (DataKeyPlan.due(state, members)) {
                if (DataKeyPlan.settled(state, members)) {
                    rotate(state, state.cluster().get(), members);
                }
            } else if (!clock.instant().isBefore(nextLook)) {
                nextLook = clock.instant().plus(LOOK);
                forget(state, members);
            }
            lastProblem = "";
        } catch (RuntimeException e) {
            problem(String.valueOf(e.getMessage()));
        }
    }

    /** Before it is added: all keys of this manager, whose log and snapshots it is about to read. */
    void tell(String memberId, String address) {
        writer.commit("DataKeys", (state, changes) -> {
            DataKeyPlan.withHolder(state, memberId).ifPresent(changes::update);
            return memberId;
        });
        bring(address, own.keys());
    }

    private void rotate(ClusterState state, Cluster cluster, List<RaftGroup.Member> members) {
        var ids = DataKeyPlan.ids(members);
        var wish = cluster.getDataKeyRotation().getWanted();
        var next = pending;
        if (next == null || !next.members().equals(ids) || next.wish() != wish) {
            next = new Pending(own.make(), ids, wish);
            pending = next;
        }
        for (var member : others(members)) {
            bring(address(state, member), List.of(next.key()));
        }
        if (activate(next)) {
            LOG.log(
                    INFO,
                    "data key {0} seals from now on; {1} managers have it",
                    next.key().getId(),
                    ids.size());
            pending = null;
        }
    }

    /** Only while it is the same group with the same wish that the key was handed out for. */
    private boolean activate(Pending next) {
        return writer.commit("DataKeys", (state, changes) -> {
            var cluster = state.cluster().orElseThrow();
            if (cluster.getDataKeyRotation().getWanted() != next.wish()
                    || !DataKeyPlan.ids(group.members()).equals(next.members())) {
                return false;
            }
            changes.update(DataKeyPlan.activated(state, cluster, next.key().getId(), next.wish(), next.members()));
            return true;
        });
    }

    private void forget(ClusterState state, List<RaftGroup.Member> members) {
        if (!DataKeyPlan.settled(state, members) || !members.stream().allMatch(RaftGroup.Member::reachable)) {
            return;
        }
        var active = state.cluster().orElseThrow().getActiveDataKey();
        var held = new TreeSet<String>();
        own.keys().forEach(key -> held.add(key.getId()));
        var needed = new TreeSet<>(own.needed());
        for (var member : others(members)) {
            var answer = bring(address(state, member), List.of());
            held.addAll(answer.getHeldList());
            needed.addAll(answer.getNeededList());
        }
        held.removeAll(needed);
        held.remove(active);
        if (held.isEmpty()) {
            return;
        }
        var ids = DataKeyPlan.ids(members);
        boolean done = writer.commit("DataKeys", (now, changes) -> {
            var cluster = now.cluster().orElseThrow();
            if (!cluster.getActiveDataKey().equals(active)
                    || !DataKeyPlan.ids(group.members()).equals(ids)) {
                return false;
            }
            var updated = cluster.toBuilder();
            updated.getDataKeyRotationBuilder().clearForgotten().addAllForgotten(held);
            changes.update(updated.build());
            return true;
        });
        if (done) {
            LOG.log(INFO, "{0} data keys are forgotten: no log and no snapshot names them", held.size());
        }
    }

    private List<RaftGroup.Member> others(List<RaftGroup.Member> members) {
        return members.stream()
                .filter(member -> !member.id().equals(group.self()))
                .toList();
    }

    private KeepDataKeysResponse bring(String address, Collection<DataKey> keys) {
        return courier.bring(
                address, KeepDataKeysRequest.newBuilder().addAllKeys(keys).build());
    }

    private static String address(ClusterState state, RaftGroup.Member member) {
        return state.node(member.nodeId())
                .map(node -> node.getManagerStatus().getAddress())
                .orElseThrow(() -> new IllegalStateException("member " + member.id() + " has no node"));
    }

    private void problem(String text) {
        if (!text.equals(lastProblem)) {
            lastProblem = text;
            LOG.log(WARNING, "the data keys are not as they should be yet: {0}", text);
        }
    }
}
