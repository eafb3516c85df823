package dev.muster.manager;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import dev.muster.manager.membership.RaftGroup;
import dev.muster.manager.raft.MemberId;
import dev.muster.manager.raft.RaftException;
import dev.muster.manager.raft.RaftNode;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;

/** The members of this manager's group, by Raft. Any thread. */
final class RaftMembers implements RaftGroup {
    private static final System.Logger LOG = System.getLogger(RaftMembers.class.getName());

    /** A member that Raft has not called yet. */
    private static final Duration NEVER_HEARD = Duration.ofDays(1);

    private final RaftNode raft;

    RaftMembers(RaftNode raft) {
        this.raft = raft;
    }

    @Override
    public String self() {
        return raft.self().text();
    }

    @Override
    public List<Member> members() {
        var self = raft.self();
        var silence = raft.silence();
        return raft.members().stream()
                .map(member -> new Member(
                        member.id().text(),
                        member.id().nodeId(),
                        member.address(),
                        member.id().equals(self) ? Duration.ZERO : silence.getOrDefault(member.id(), NEVER_HEARD)))
                .toList();
    }

    /** Leads no longer if another can: users see a shorter stall than after a leader's death. */
    void handOverBeforeStop() {
        if (!raft.leads()) {
            return;
        }
        members().stream()
                .filter(member -> !member.id().equals(self()) && member.reachable())
                .min(Comparator.comparing(Member::silence))
                .ifPresent(successor -> {
                    LOG.log(INFO, "stopping: {0} leads from now on", successor.nodeId());
                    try {
                        handOver(successor.id());
                    } catch (RaftException e) {
                        LOG.log(WARNING, "could not hand over the leadership: {0}", e.getMessage());
                    }
                });
    }

    @Override
    public void add(String id, String address) {
        raft.addMember(MemberId.parse(id), address);
    }

    @Override
    public void remove(String id) {
        raft.removeMember(MemberId.parse(id));
    }

    @Override
    public void handOver(String id) {
        raft.transferLeadership(MemberId.parse(id));
    }
}
