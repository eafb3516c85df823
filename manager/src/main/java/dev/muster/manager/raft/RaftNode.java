package dev.muster.manager.raft;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import dev.muster.api.ChangeSet;
import dev.muster.api.LogEntry;
import dev.muster.api.NodeRole;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.Leadership;
import dev.muster.manager.state.LeadershipListener;
import dev.muster.manager.state.ProposalResult;
import dev.muster.manager.state.Proposer;
import dev.muster.manager.state.ReadFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.exceptions.NotLeaderException;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;

/**
 * This manager's member of the Raft group: proposes while it leads, applies what is committed to {@link ClusterStates},
 * answers linearizable reads whether it leads or not, and tells a listener when it begins and ceases to lead. Many
 * threads; calls that wait for others block.
 */
public final class RaftNode implements Proposer, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(RaftNode.class.getName());

    /** A leader that died with the question is not waited for longer; who asks again gets to the next one. */
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(3);

    /** Catching up a new member may take a snapshot of hundreds of megabytes. */
    private static final Duration MEMBERSHIP_TIMEOUT = Duration.ofMinutes(5);

    private static final Duration TRANSFER_TIMEOUT = Duration.ofSeconds(3);

    private final RaftConfig config;
    private final RaftServer server;
    private final RaftServer.Division division;
    private final ClusterStates states;
    private final KeyRing keys;
    private final LeadershipWatch watch;
    private final RaftCalls calls;
    private volatile @Nullable ProposalQueue queue;

    /** A member of the group, as the group knows it. */
    public record Member(MemberId id, String address) {}

    private RaftNode(
            RaftConfig config,
            RaftServer server,
            RaftGroupId group,
            ClusterStates states,
            KeyRing keys,
            LeadershipWatch watch,
            RandomGenerator random)
            throws IOException {
        this.config = config;
        this.server = server;
        this.division = server.getDivision(group);
        this.states = states;
        this.keys = keys;
        this.watch = watch;
        this.calls = new RaftCalls(server, group, random);
    }

    /**
     * Starts as the first and only member of a new group.
     *
     * @param failed told, at most a few times, when this member cannot go on: log or state cannot be written or read
     * @param random names this start of the member among all others
     */
    public static RaftNode start(
            RaftConfig config,
            KeyRing keys,
            ClusterStates states,
            LeadershipListener listener,
            Consumer<Throwable> failed,
            RandomGenerator random) {
        return start(
                config, List.of(peer(config.member(), config.advertise())), keys, states, listener, failed, random);
    }

    /**
     * Goes on as the member it was; without a log, waits for a leader to add it to its group, or, where there is a seed,
     * begins a new group with it, as its only member.
     */
    public static RaftNode resume(
            RaftConfig config,
            KeyRing keys,
            ClusterStates states,
            LeadershipListener listener,
            Consumer<Throwable> failed,
            RandomGenerator random) {
        return start(config, List.of(), keys, states, listener, failed, random);
    }

    private static RaftNode start(
            RaftConfig config,
            List<RaftPeer> initial,
            KeyRing keys,
            ClusterStates states,
            LeadershipListener listener,
            Consumer<Throwable> failed,
            RandomGenerator random) {
        var seed = Seed.at(config.directory(), config.epoch());
        var first = seed.isPresent() ? List.of(peer(config.member(), config.advertise())) : initial;
        var group = RaftGroup.valueOf(GroupDirectories.groupId(config.clusterId(), config.epoch()), first);
        var storage = GroupDirectories.storage(config.directory(), config.epoch());
        var watch = new LeadershipWatch(listener);
        try {
            PrivateFiles.createDirectories(storage);
            boolean exists = prepare(config, seed.isPresent());
            var server = RaftServer.newBuilder()
                    .setServerId(RaftPeerId.valueOf(config.member().text()))
                    .setGroup(group)
                    .setOption(exists ? RaftStorage.StartupOption.RECOVER : RaftStorage.StartupOption.FORMAT)
                    .setProperties(RaftSettings.properties(config, storage.toFile()))
                    .setParameters(RaftSettings.parameters(config.tls(), nodeId -> letGo(states.current(), nodeId)))
                    .setStateMachine(new ClusterStateMachine(
                            states, keys, watch, new SnapshotStorage(seed), config.snapshotEntries(), failed))
                    .build();
            server.start();
            var node = new RaftNode(config, server, group.getGroupId(), states, keys, watch, random);
            watch.start(node::leadingTerm, node.proposals());
            LOG.log(
                    INFO,
                    "Raft member {0} {1} on {2}",
                    config.member(),
                    exists ? "goes on" : "starts",
                    config.listen());
            return node;
        } catch (IOException e) {
            throw new RaftException(
                    "Raft cannot start in " + config.directory() + " on " + config.listen() + ": " + e.getMessage(), e);
        }
    }

    /** Whether the group's directory holds a log to go on with, which is whole then. */
    private static boolean prepare(RaftConfig config, boolean seeded) throws IOException {
        var group = GroupDirectories.group(config.directory(), config.clusterId(), config.epoch());
        if (!Files.isDirectory(group)) {
            return false;
        }
        var snapshots = GroupDirectories.snapshots(group);
        if (seeded
                && (!Files.isDirectory(snapshots)
                        || SnapshotStorage.newestIn(snapshots).isEmpty())) {
            // An earlier start ended before the seed was in its place, so before anything else was.
            GroupDirectories.delete(group);
            return false;
        }
        LogTail.repair(GroupDirectories.log(group));
        return true;
    }

    /** Whether the node is no manager any more. Who is not heard of yet may become one. */
    private static boolean letGo(ClusterState state, String nodeId) {
        return state.node(nodeId)
                .map(node -> node.getRole() != NodeRole.ROLE_MANAGER)
                .orElseGet(() -> state.cluster().stream()
                        .flatMap(cluster -> cluster.getRemovedNodesList().stream())
                        .anyMatch(removed -> removed.getNodeId().equals(nodeId)));
    }

    @Override
    public List<ProposalResult> propose(List<ChangeSet> changeSets) {
        var open = queue;
        return open == null ? notLeader(changeSets) : open.propose(changeSets);
    }

    /** Proposes only if this member leads in that very term. */
    public List<ProposalResult> propose(long term, List<ChangeSet> changeSets) {
        var open = queue;
        return open == null || open.term() != term ? notLeader(changeSets) : open.propose(changeSets);
    }

    /** The term in which this member takes proposals; 0 if it does not. */
    public long proposalTerm() {
        var open = queue;
        return open == null ? 0 : open.term();
    }

    private List<ProposalResult> notLeader(List<ChangeSet> changeSets) {
        ProposalResult notLeader = new ProposalResult.NotLeader(leader());
        return changeSets.stream().map(_ -> notLeader).toList();
    }

    @Override
    public ClusterState read() {
        try {
            calls.read(READ_TIMEOUT);
        } catch (RaftException e) {
            throw new ReadFailedException(
                    "no majority of managers confirmed that this manager's state is current: " + e.getMessage(), e);
        }
        return states.current();
    }

    /** The leader's node id, as far as this member knows. */
    public Optional<String> leader() {
        return Optional.ofNullable(division.getInfo().getLeaderId())
                .map(RaftNode::memberId)
                .map(MemberId::nodeId);
    }

    /** Whether this member leads and its state is complete. */
    public boolean leads() {
        return queue != null;
    }

    public long term() {
        return division.getInfo().getCurrentTerm();
    }

    /** The index of the last log entry in this member's state. */
    public long appliedIndex() {
        return division.getInfo().getLastAppliedIndex();
    }

    /** The ids of the data keys that this member's log and snapshots may name. */
    public Set<String> neededKeys() {
        var group = GroupDirectories.group(config.directory(), config.clusterId(), config.epoch());
        long snapshot = SnapshotStorage.oldestIn(GroupDirectories.snapshots(group));
        return keys.needed(Math.min(snapshot, division.getRaftLog().getStartIndex()));
    }

    /** This member's own name. */
    public MemberId self() {
        return memberId(server.getId());
    }

    /** The members of the group, as this member knows it. */
    public List<Member> members() {
        return division.getRaftConf().getCurrentPeers().stream()
                .map(peer -> new Member(memberId(peer.getId()), peer.getAddress()))
                .toList();
    }

    /** For how long each other member has said nothing; empty while this one does not lead. */
    public Map<MemberId, Duration> silence() {
        var silence = new HashMap<MemberId, Duration>();
        for (var follower :
                division.getInfo().getRoleInfoProto().getLeaderInfo().getFollowerInfoList()) {
            var id = MemberId.parse(follower.getId().getId().toStringUtf8());
            silence.put(id, Duration.ofMillis(follower.getLastRpcElapsedTimeMs()));
        }
        return silence;
    }

    /**
     * Adds a member that waits to be added, or changes the address of one; waits until it votes. Only the leader can,
     * one member at a time.
     */
    public void addMember(MemberId member, String address) {
        setMembers(SetConfigurationRequest.Mode.ADD, List.of(peer(member, address)), List.of());
    }

    /** Removes a member. It must not be this one: leadership is transferred first. */
    public void removeMember(MemberId member) {
        var current = List.copyOf(division.getRaftConf().getCurrentPeers());
        var left = current.stream()
                .filter(peer -> !memberId(peer.getId()).equals(member))
                .toList();
        setMembers(SetConfigurationRequest.Mode.COMPARE_AND_SET, left, current);
    }

    /** Hands leadership to another member, which begins to stand for election at once. */
    public void transferLeadership(MemberId to) {
        calls.transferLeadership(RaftPeerId.valueOf(to.text()), TRANSFER_TIMEOUT);
    }

    /** Ends an open leadership, then leaves the group alone: its files stay. */
    @Override
    public void close() {
        watch.close();
        try {
            server.close();
        } catch (IOException e) {
            throw new RaftException("Raft did not stop in order: " + e.getMessage(), e);
        }
    }

    private void setMembers(SetConfigurationRequest.Mode mode, List<RaftPeer> members, List<RaftPeer> expected) {
        var arguments = SetConfigurationRequest.Arguments.newBuilder()
                .setMode(mode)
                .setServersInNewConf(members)
                .setServersInCurrentConf(expected)
                .build();
        calls.setConfiguration(arguments, MEMBERSHIP_TIMEOUT);
    }

    private long leadingTerm() {
        DivisionInfo info = division.getInfo();
        long term = info.getCurrentTerm();
        boolean leads = info.getLifeCycleState() == LifeCycle.State.RUNNING && info.isLeader() && info.isLeaderReady();
        return leads && info.getCurrentTerm() == term ? term : 0;
    }

    private LeadershipWatch.Proposals proposals() {
        return new LeadershipWatch.Proposals() {
            @Override
            public Leadership open(long term) {
                var opened = new ProposalQueue(term, states, DiskRoom.of(config.directory()), RaftNode.this::append);
                queue = opened;
                forgetSeed();
                return new Leadership(term, new Proposer() {
                    @Override
                    public List<ProposalResult> propose(List<ChangeSet> changeSets) {
                        return opened.propose(changeSets);
                    }

                    @Override
                    public ClusterState read() {
                        return RaftNode.this.read();
                    }
                });
            }

            @Override
            public void close() {
                var open = queue;
                queue = null;
                if (open != null) {
                    open.close();
                }
            }
        };
    }

    /** Who leads has a log with itself in it. */
    private void forgetSeed() {
        try {
            Seed.begun(config.directory(), config.epoch());
        } catch (IOException e) {
            LOG.log(WARNING, "what is left of the old log in {0} cannot be deleted: {1}", config.directory(), e);
        }
    }

    private void append(LogEntry entry, ProposalQueue.Outcome outcome) {
        var applied = new AppliedEntry(entry);
        var records = LogParts.cut(keys.sealer().seal(entry.toByteArray(), LogEntries.PLACE));
        // One thread sends, so the records of an entry are neighbours; the last one to be committed commits all.
        for (var record : records.subList(0, records.size() - 1)) {
            var _ = calls.write(AppliedRecord.of(applied, record, false));
        }
        var _ = calls.write(AppliedRecord.of(applied, records.getLast(), true))
                .whenComplete((reply, error) -> settle(applied, reply, error, outcome));
    }

    private void settle(
            AppliedEntry entry,
            @Nullable RaftClientReply reply,
            @Nullable Throwable error,
            ProposalQueue.Outcome outcome) {
        var verdicts = entry.verdicts();
        if (verdicts.isPresent()) {
            outcome.applied(verdicts.get());
            return;
        }
        var cause = error != null || reply == null ? error : reply.getException();
        if (cause == null) {
            // Committed, but a record before it is not: the same on every manager.
            outcome.failed(
                    new ProposalResult.Refused("the log took the change in part only, so it counts as not taken"));
        } else if (entry.appended()) {
            outcome.failed(new ProposalResult.Unknown("this manager ceased to lead before it was committed: " + cause));
        } else if (cause instanceof NotLeaderException) {
            outcome.failed(new ProposalResult.NotLeader(leader()));
        } else {
            outcome.failed(new ProposalResult.Refused("the log did not take it: " + cause));
        }
    }

    private static RaftPeer peer(MemberId member, String address) {
        return RaftPeer.newBuilder().setId(member.text()).setAddress(address).build();
    }

    private static MemberId memberId(RaftPeerId peer) {
        return MemberId.parse(peer.toString());
    }
}
