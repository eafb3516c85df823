package dev.muster.manager.raft;

import static java.lang.System.Logger.Level.INFO;

import dev.muster.api.ChangeSet;
import dev.muster.api.LogEntry;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.Leadership;
import dev.muster.manager.state.LeadershipListener;
import dev.muster.manager.state.ProposalResult;
import dev.muster.manager.state.Proposer;
import dev.muster.manager.state.ReadFailedException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
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

    private static final Duration READ_TIMEOUT = Duration.ofSeconds(10);

    /** Catching up a new member may take a snapshot of hundreds of megabytes. */
    private static final Duration MEMBERSHIP_TIMEOUT = Duration.ofMinutes(5);

    private static final Duration TRANSFER_TIMEOUT = Duration.ofSeconds(3);
    private static final int RADIX = 36;

    private final RaftServer server;
    private final RaftServer.Division division;
    private final ClusterStates states;
    private final KeyRing keys;
    private final LeadershipWatch watch;
    private final ClientId clientId;
    private final AtomicLong calls = new AtomicLong();
    private volatile @Nullable ProposalQueue queue;

    /** A member of the group, as the group knows it. */
    public record Member(String nodeId, String address) {}

    private RaftNode(
            RaftServer server,
            RaftGroupId group,
            ClusterStates states,
            KeyRing keys,
            LeadershipWatch watch,
            RandomGenerator random)
            throws IOException {
        this.server = server;
        this.division = server.getDivision(group);
        this.states = states;
        this.keys = keys;
        this.watch = watch;
        // Unlike any other's, in any start: Ratis takes a repeated pair of client and call for a repeated request.
        this.clientId = ClientId.valueOf(new UUID(random.nextLong(), random.nextLong()));
    }

    /**
     * Starts as the first and only member of a new group; of a group that exists in the directory, goes on as the member
     * it was.
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
                config, List.of(peer(config.nodeId(), config.advertise())), keys, states, listener, failed, random);
    }

    /** Starts without knowing any member: a leader adds it to its group. Of a group that exists, goes on. */
    public static RaftNode startJoining(
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
        var group = RaftGroup.valueOf(groupId(config.clusterId()), initial);
        var storage = config.directory().resolve("log");
        boolean exists = Files.isDirectory(groupDirectory(storage, group.getGroupId()));
        var watch = new LeadershipWatch(listener);
        try {
            PrivateFiles.createDirectories(storage);
            if (exists) {
                LogTail.repair(groupDirectory(storage, group.getGroupId()).resolve("current"));
            }
            var server = RaftServer.newBuilder()
                    .setServerId(RaftPeerId.valueOf(config.nodeId()))
                    .setGroup(group)
                    .setOption(exists ? RaftStorage.StartupOption.RECOVER : RaftStorage.StartupOption.FORMAT)
                    .setProperties(RaftSettings.properties(config, storage.toFile()))
                    .setParameters(RaftSettings.parameters(config.tls()))
                    .setStateMachine(new ClusterStateMachine(states, keys, watch, failed))
                    .build();
            server.start();
            var node = new RaftNode(server, group.getGroupId(), states, keys, watch, random);
            watch.start(node::leadingTerm, node.proposals());
            LOG.log(
                    INFO,
                    "Raft member {0} {1} on {2}",
                    config.nodeId(),
                    exists ? "goes on" : "starts",
                    config.listen());
            return node;
        } catch (IOException e) {
            throw new RaftException(
                    "Raft cannot start in " + config.directory() + " on " + config.listen() + ": " + e.getMessage(), e);
        }
    }

    @Override
    public List<ProposalResult> propose(List<ChangeSet> changeSets) {
        var open = queue;
        if (open == null) {
            ProposalResult notLeader = new ProposalResult.NotLeader(leader());
            return changeSets.stream().map(_ -> notLeader).toList();
        }
        return open.propose(changeSets);
    }

    @Override
    public ClusterState read() {
        try {
            requireSuccess(await(request(RaftClientRequest.readRequestType(), Message.EMPTY), READ_TIMEOUT));
        } catch (RaftException e) {
            throw new ReadFailedException(
                    "no majority of managers confirmed that this manager's state is current: " + e.getMessage(), e);
        }
        return states.current();
    }

    /** The leader's node id, as far as this member knows. */
    public Optional<String> leader() {
        return Optional.ofNullable(division.getInfo().getLeaderId()).map(RaftPeerId::toString);
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

    /** The members of the group, as this member knows it. */
    public List<Member> members() {
        return division.getRaftConf().getCurrentPeers().stream()
                .map(peer -> new Member(peer.getId().toString(), peer.getAddress()))
                .toList();
    }

    /**
     * Adds a member that waits to be added, or changes the address of one; waits until it votes. Only the leader can,
     * one member at a time.
     */
    public void addMember(String nodeId, String address) {
        setMembers(SetConfigurationRequest.Mode.ADD, List.of(peer(nodeId, address)), List.of());
    }

    /** Removes a member. It must not be this one: leadership is transferred first. */
    public void removeMember(String nodeId) {
        var current = List.copyOf(division.getRaftConf().getCurrentPeers());
        var left = current.stream()
                .filter(peer -> !peer.getId().toString().equals(nodeId))
                .toList();
        setMembers(SetConfigurationRequest.Mode.COMPARE_AND_SET, left, current);
    }

    /** Hands leadership to another member, or to whichever is fit if none is named. */
    public void transferLeadership(Optional<String> toNodeId) {
        var request = new TransferLeadershipRequest(
                clientId,
                server.getId(),
                division.getMemberId().getGroupId(),
                calls.incrementAndGet(),
                toNodeId.map(RaftPeerId::valueOf).orElse(null),
                TRANSFER_TIMEOUT.toMillis());
        requireSuccess(await(submit(() -> server.transferLeadershipAsync(request)), TRANSFER_TIMEOUT.multipliedBy(2)));
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
        var request = new SetConfigurationRequest(
                clientId, server.getId(), division.getMemberId().getGroupId(), calls.incrementAndGet(), arguments);
        requireSuccess(await(submit(() -> server.setConfigurationAsync(request)), MEMBERSHIP_TIMEOUT));
    }

    private static void requireSuccess(RaftClientReply reply) {
        if (!reply.isSuccess()) {
            throw new RaftException(reply.getException().getMessage(), reply.getException());
        }
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
                var opened = new ProposalQueue(term, states, RaftNode.this::append);
                queue = opened;
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

    private void append(LogEntry entry, ProposalQueue.Outcome outcome) {
        var applied = new AppliedEntry(entry);
        var records = LogParts.cut(keys.sealer().seal(entry.toByteArray(), ClusterStateMachine.LOG_PLACE));
        // One thread sends, so the records of an entry are neighbours; the last one to be committed commits all.
        for (var record : records.subList(0, records.size() - 1)) {
            var _ = request(RaftClientRequest.writeRequestType(), AppliedRecord.of(applied, record, false));
        }
        var _ = request(RaftClientRequest.writeRequestType(), AppliedRecord.of(applied, records.getLast(), true))
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

    private CompletableFuture<RaftClientReply> request(RaftClientRequest.Type type, Message message) {
        return submit(() -> server.submitClientRequestAsync(RaftClientRequest.newBuilder()
                .setClientId(clientId)
                .setServerId(server.getId())
                .setGroupId(division.getMemberId().getGroupId())
                .setCallId(calls.incrementAndGet())
                .setType(type)
                .setMessage(message)
                .build()));
    }

    /** Ratis' calls that may fail before they are under way. */
    private interface Call {
        CompletableFuture<RaftClientReply> send() throws IOException;
    }

    private static CompletableFuture<RaftClientReply> submit(Call call) {
        try {
            return call.send();
        } catch (IOException | RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static RaftClientReply await(CompletableFuture<RaftClientReply> future, Duration timeout) {
        try {
            return future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new RaftException("Raft did not answer: " + e.getCause().getMessage(), e.getCause());
        } catch (TimeoutException e) {
            throw new RaftException("Raft did not answer within " + timeout, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RaftException("interrupted while waiting for Raft", e);
        }
    }

    private static RaftPeer peer(String nodeId, String address) {
        return RaftPeer.newBuilder().setId(nodeId).setAddress(address).build();
    }

    private static Path groupDirectory(Path storage, RaftGroupId group) {
        return storage.resolve(group.getUuid().toString());
    }

    /** A cluster's id is 128 bits in base 36; the group's is the same bits. */
    private static RaftGroupId groupId(String clusterId) {
        var bits = new BigInteger(clusterId, RADIX);
        return RaftGroupId.valueOf(new UUID(bits.shiftRight(Long.SIZE).longValue(), bits.longValue()));
    }
}
