package dev.muster.manager;

import dev.muster.api.JoinRaftRequest;
import dev.muster.api.Peer;
import dev.muster.manager.access.AccessInterceptor;
import dev.muster.manager.allocator.Allocators;
import dev.muster.manager.ca.NodeAdmission;
import dev.muster.manager.ca.NodeCaEndpoint;
import dev.muster.manager.ca.RootRotationLoop;
import dev.muster.manager.control.Control;
import dev.muster.manager.control.ControlEndpoint;
import dev.muster.manager.control.ImageResolver;
import dev.muster.manager.control.LogSource;
import dev.muster.manager.dispatcher.DispatcherEndpoint;
import dev.muster.manager.logs.LogBroker;
import dev.muster.manager.logs.LogBrokerEndpoint;
import dev.muster.manager.loop.LeaderTerm;
import dev.muster.manager.loop.LeaderTerms;
import dev.muster.manager.membership.DataKeyDuty;
import dev.muster.manager.membership.EpochWatch;
import dev.muster.manager.membership.FeatureLevelDuty;
import dev.muster.manager.membership.KeyCourier;
import dev.muster.manager.membership.ManagerProbe;
import dev.muster.manager.membership.MembershipDuty;
import dev.muster.manager.membership.MembershipEndpoint;
import dev.muster.manager.orchestrator.Orchestrators;
import dev.muster.manager.peer.LeaderLink;
import dev.muster.manager.peer.LeaderLogs;
import dev.muster.manager.peer.LeaderProposer;
import dev.muster.manager.peer.ProposalsEndpoint;
import dev.muster.manager.raft.BackupFile;
import dev.muster.manager.raft.KeyRing;
import dev.muster.manager.raft.MemberFile;
import dev.muster.manager.raft.MemberId;
import dev.muster.manager.raft.RaftConfig;
import dev.muster.manager.raft.RaftException;
import dev.muster.manager.raft.RaftNode;
import dev.muster.manager.raft.Seed;
import dev.muster.manager.scheduler.Schedulers;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.LevelGate;
import dev.muster.manager.state.Proposer;
import dev.muster.manager.state.ReadFailedException;
import dev.muster.manager.trust.CfsslAuthority;
import dev.muster.manager.trust.Signers;
import dev.muster.manager.write.Writer;
import dev.muster.pki.TlsContexts;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The manager half of a node, put together: a member of the Raft group, the gRPC server for agents and managers, and,
 * while this manager leads, the loops of the leader. What leads is registered in {@link #lead}, and ends with the term.
 *
 * <p>Any thread. {@link #close} stops all of it in order; containers know nothing of it.
 */
public final class ManagerNode implements AutoCloseable {
    /** Between looks at whether this manager is a member. */
    private static final Duration LOOK = Duration.ofMillis(50);

    private final ManagerConfig config;
    private final TlsContexts tls;
    private final Surroundings around;
    private final Sources sources;
    private final ClusterStates states = new ClusterStates();
    private final FirstTerm firstTerm = new FirstTerm();

    /** Raft may make this manager lead before all of it is put together. */
    private final CountDownLatch complete = new CountDownLatch(1);

    private final KeyRing keys;
    private final LockWatch lockWatch;
    private final DispatcherEndpoint dispatcher;
    private final LogBroker logs;
    private final LeaderTerms terms;
    private final RaftNode raft;
    private final RaftMembers members;
    private final RingKeys dataKeys;
    private final LeaderLink link;
    private final Proposer proposer;
    private final ImageResolver images;
    private final Control control;
    private volatile @Nullable ManagerServer server;

    private ManagerNode(
            ManagerConfig config, TlsContexts tls, MemberFile.Place place, KeyRing keys, Surroundings around) {
        this.config = config;
        this.tls = tls;
        this.keys = keys;
        this.around = around;
        this.sources = around.sources();
        this.images = around.images();
        this.dispatcher = new DispatcherEndpoint(
                sources.clock(), sources.nanoTime(), sources.random().split(), this::otherLeader);
        this.logs = new LogBroker(states, sources.nanoTime(), sources.secureRandom());
        this.terms = new LeaderTerms(states, sources.clock(), sources.random().split(), this::lead);
        var raftConfig = new RaftConfig(
                config.directory(),
                place.member(),
                tls.identity().clusterId(),
                place.epoch(),
                config.raftListen(),
                config.raftAdvertise(),
                tls,
                config.timings(),
                config.snapshotEntries());
        try {
            this.raft = RaftNode.resume(raftConfig, keys, states, terms, around.failed(), sources.secureRandom());
        } catch (RaftException e) {
            throw new ManagerFailure(e.getMessage(), e);
        }
        this.members = new RaftMembers(raft);
        this.dataKeys = new RingKeys(keys, raft, sources.secureRandom());
        this.link = new LeaderLink(tls, around.loops(), this::otherLeader);
        var remote = new RaftTerms(raft);
        this.proposer = new LevelGate(
                new LeaderProposer(raft, states, link, remote, sources.nanoTime(), sources.secureRandom()), states);
        this.lockWatch = LockWatch.start(keys, states, around.identitySeal());
        var leaderLogs = new LeaderLogs(link);
        this.control = control((selector, options, sink) -> {
            if (!leaderLogs.read(selector, options, sink::send)) {
                logs.read(selector, options, sink::send);
            }
        });
        complete.countDown();
    }

    private Control control(LogSource source) {
        var random = sources.secureRandom();
        return new Control(proposer, states, images, source, outside(), sources.clock(), random, random);
    }

    private CfsslAuthority outside() {
        return new CfsslAuthority(() -> Optional.of(tls.keyManager()));
    }

    /** Whether the directory holds what a manager can go on with; if not, a manager has to join, like a new one. */
    public static boolean hasState(ManagerConfig config) {
        return MemberFile.load(config.directory()).isPresent();
    }

    /**
     * Goes on as a manager of the cluster that the directory and the identity belong to.
     *
     * @param tls this node's identity; replaced when it is renewed
     * @param keys of the directory
     */
    public static ManagerNode start(ManagerConfig config, TlsContexts tls, ManagerKeys keys, Surroundings around) {
        try {
            var place = MemberFile.load(config.directory())
                    .orElseThrow(() -> new ManagerFailure(config.directory() + " holds no manager's state"));
            return new ManagerNode(config, tls, place, keys.ring(), around).serving();
        } catch (RaftException e) {
            throw new ManagerFailure(e.getMessage(), e);
        }
    }

    /**
     * Makes a new cluster and becomes its first manager: the cluster exists when this returns, and nothing of it
     * otherwise, but for the directory. The node's identity is the caller's to store.
     */
    public static ManagerNode found(NewCluster cluster, ManagerConfig config, TlsContexts tls, Surroundings around) {
        if (Files.exists(config.directory())) {
            throw new ManagerFailure(config.directory() + " holds the state of another cluster: remove it first");
        }
        var random = around.sources().secureRandom();
        var member = MemberId.create(tls.identity().nodeId(), random);
        var lock = cluster.unlockKey().map(key -> new KeyRing.Lock(key.key(), 0));
        var keys = KeyRing.create(config.directory(), lock, random);
        Seed.write(config.directory(), ClusterState.EMPTY, 0, keys);
        var place = MemberFile.store(config.directory(), member, 0);
        var manager = new ManagerNode(config, tls, place, keys, around);
        try {
            manager.commitFirst(cluster, member);
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
        return manager.serving();
    }

    /**
     * Asks the managers of the cluster for a place among them and starts as one that waits for it; {@link #awaitMember}
     * tells when it is there. The directory must hold no manager's state.
     *
     * @param managers HOST:PORT of those that are there
     * @throws ManagerFailure if none of them lets it in in time
     */
    public static ManagerNode join(
            List<String> managers, Duration timeout, ManagerConfig config, TlsContexts tls, Surroundings around) {
        var random = around.sources().secureRandom();
        var nodeId = tls.identity().nodeId();
        var member = MemberId.create(nodeId, random);
        var answer = new ManagerJoin(tls, around.loops(), around.sources().nanoTime())
                .ask(
                        managers,
                        JoinRaftRequest.newBuilder()
                                .setNodeId(nodeId)
                                .setAddress(config.advertise())
                                .setRaftAddress(config.raftAdvertise())
                                .setRaftMemberId(member.text())
                                .setFeatureLevel(config.featureLevel())
                                .build(),
                        timeout);
        var lock = Optional.of(answer.getUnlockKey())
                .filter(key -> !key.isEmpty())
                .map(key -> new KeyRing.Lock(key, answer.getUnlockKeyVersion()));
        var keys = KeyRing.receive(config.directory(), answer.getKeysList(), answer.getActiveKey(), lock, random);
        var place = MemberFile.store(config.directory(), member, answer.getEpoch());
        return new ManagerNode(config, tls, place, keys, around).serving();
    }

    private void commitFirst(NewCluster cluster, MemberId member) {
        awaitLeading();
        var result = raft.propose(cluster.changeSet(config, member.text(), keys.active()));
        if (!result.accepted()) {
            throw new ManagerFailure("the cluster could not be made: " + result.message());
        }
    }

    /**
     * Waits until this manager has led: the first of a new group does so at once, whether or not there is more to come.
     *
     * @throws ManagerFailure if it does not
     */
    public void awaitLeading() {
        firstTerm.await();
    }

    private ManagerNode serving() {
        try {
            var writer = new Writer(proposer, states, sources.clock());
            var admission = new NodeAdmission(
                    writer, sources.clock(), new Signers(outside(), sources.secureRandom(), sources.clock()));
            // Who asks from another manager wants this one's own agents: it is not passed on again.
            var forManagers = control((selector, options, sink) -> logs.read(selector, options, sink::send));
            server = ManagerServer.start(
                    config.listen(),
                    tls,
                    around.loops(),
                    new AccessInterceptor(tls.identity().clusterId(), states::current),
                    List.of(
                            new NodeCaEndpoint(admission),
                            new MembershipEndpoint(writer, dataKeys, config.featureLevel()),
                            new ProposalsEndpoint(new RaftTerms(raft)),
                            new ControlEndpoint(forManagers),
                            dispatcher,
                            new LogBrokerEndpoint(logs, dispatcher::isCurrent)));
            return this;
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** What runs while this manager leads: all of it, and only here. */
    private void lead(LeaderTerm term) {
        try {
            complete.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ManagerFailure("interrupted while beginning to lead", e);
        }
        Orchestrators.loops().forEach(term::register);
        Allocators.loops().forEach(term::register);
        Schedulers.loops().forEach(term::register);
        term.register(new RootRotationLoop());
        new MembershipDuty(
                        term,
                        members,
                        new ManagerProbe(tls),
                        new DataKeyDuty(term, members, dataKeys, new KeyCourier(tls, around.loops()), sources.clock()),
                        tls.identity().nodeId(),
                        config.advertise(),
                        config.raftAdvertise(),
                        sources.clock())
                .begin();
        new EpochWatch(term, members, tls, around.loops(), () -> around.failed().accept(new ManagerSuperseded()))
                .begin();
        var nodeId = tls.identity().nodeId();
        new FeatureLevelDuty(term, nodeId, config.featureLevel(), tls, around.loops(), sources.clock()).begin();
        dispatcher.begin(term);
        logs.begin(term);
        firstTerm.begun();
    }

    /** Where agents find the leader, if it is not this manager. Asked once Raft has started. */
    private Optional<String> otherLeader() {
        return raft.leader()
                .filter(leader -> !leader.equals(tls.identity().nodeId()))
                .flatMap(states.current()::node)
                .map(node -> node.getManagerStatus().getAddress())
                .filter(address -> !address.isEmpty());
    }

    /** What users ask of the cluster. */
    public Control control() {
        return control;
    }

    /** Writes all of the cluster to a stream, as it is when a majority has confirmed that this manager's state is current. */
    public void backup(OutputStream to) throws IOException {
        var state = proposer.read();
        var unlockKey = state.cluster()
                .map(cluster -> cluster.getUnlockKey().toByteArray())
                .filter(key -> key.length > 0);
        var source = new BackupFile.Source(
                state,
                raft.appliedIndex(),
                keys,
                unlockKey,
                tls.identity().nodeId(),
                sources.clock().instant());
        BackupFile.write(to, source, sources.secureRandom());
    }

    /** What opens log and snapshots; it goes on to be of use when this is closed. */
    public ManagerKeys keys() {
        return new ManagerKeys(keys);
    }

    /** What this manager knows of the cluster; empty until its log is read. */
    public ClusterStates states() {
        return states;
    }

    /** The term in which this manager leads, with its loops and their reasons; empty while another leads. */
    public Optional<LeaderTerm> term() {
        return terms.current();
    }

    /** Every manager and how its gRPC is reached, this one too. */
    public List<Peer> managers() {
        return states.current().nodes().values().stream()
                .filter(node -> node.hasManagerStatus()
                        && !node.getManagerStatus().getAddress().isEmpty())
                .map(node -> Peer.newBuilder()
                        .setNodeId(node.getId())
                        .setAddress(node.getManagerStatus().getAddress())
                        .build())
                .toList();
    }

    /** Waits until this manager has read its log so far that it knows its cluster; false if it does not in time. */
    public boolean awaitCluster(Duration timeout) throws InterruptedException {
        return states.awaitVersion(1, timeout).isPresent();
    }

    /**
     * Waits until this manager is a member of the group and has caught up with it.
     *
     * @return false if it is not in time
     */
    public boolean awaitMember(Duration timeout) {
        long deadline = sources.nanoTime().getAsLong() + timeout.toNanos();
        while (!isMember()) {
            if (sources.nanoTime().getAsLong() - deadline >= 0
                    || Thread.currentThread().isInterrupted()) {
                return false;
            }
            LockSupport.parkNanos(this, LOOK.toNanos());
        }
        return true;
    }

    private boolean isMember() {
        if (raft.members().stream().noneMatch(member -> member.id().equals(raft.self()))) {
            return false;
        }
        try {
            return raft.read().cluster().isPresent();
        } catch (ReadFailedException e) {
            return false;
        }
    }

    @Override
    public void close() {
        members.handOverBeforeStop();
        var serving = server;
        if (serving != null) {
            serving.close();
        }
        link.close();
        lockWatch.close();
        raft.close();
    }
}
