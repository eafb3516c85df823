package dev.muster.manager;

import dev.muster.api.Peer;
import dev.muster.manager.access.AccessInterceptor;
import dev.muster.manager.allocator.Allocators;
import dev.muster.manager.ca.NodeAdmission;
import dev.muster.manager.ca.NodeCaEndpoint;
import dev.muster.manager.control.Control;
import dev.muster.manager.control.ControlEndpoint;
import dev.muster.manager.control.ImageResolver;
import dev.muster.manager.dispatcher.DispatcherEndpoint;
import dev.muster.manager.logs.LogBroker;
import dev.muster.manager.logs.LogBrokerEndpoint;
import dev.muster.manager.loop.LeaderTerm;
import dev.muster.manager.loop.LeaderTerms;
import dev.muster.manager.orchestrator.Orchestrators;
import dev.muster.manager.raft.KeyRing;
import dev.muster.manager.raft.RaftConfig;
import dev.muster.manager.raft.RaftException;
import dev.muster.manager.raft.RaftNode;
import dev.muster.manager.scheduler.Schedulers;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.write.Writer;
import dev.muster.pki.TlsContexts;
import io.netty.channel.EventLoopGroup;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The manager half of a node, put together: a member of the Raft group, the gRPC server for agents and managers, and,
 * while this manager leads, the loops of the leader. What leads is registered in {@link #lead}, and ends with the term.
 *
 * <p>Any thread. {@link #close} stops all of it in order; containers know nothing of it.
 */
public final class ManagerNode implements AutoCloseable {
    /** A group of one elects itself within a second; longer means that something is broken. */
    private static final Duration FIRST_LEADERSHIP = Duration.ofSeconds(30);

    private final ManagerConfig config;
    private final TlsContexts tls;
    private final Sources sources;
    private final ClusterStates states = new ClusterStates();
    private final CountDownLatch led = new CountDownLatch(1);
    private final DispatcherEndpoint dispatcher;
    private final LogBroker logs;
    private final LeaderTerms terms;
    private final RaftNode raft;
    private final Control control;
    private volatile @Nullable ManagerServer server;

    private ManagerNode(
            ManagerConfig config, TlsContexts tls, ImageResolver images, Consumer<Throwable> failed, Sources sources) {
        this.config = config;
        this.tls = tls;
        this.sources = sources;
        this.dispatcher = new DispatcherEndpoint(
                sources.clock(), sources.nanoTime(), sources.random().split(), this::otherLeader);
        this.logs = new LogBroker(states, sources.nanoTime(), sources.secureRandom());
        this.terms = new LeaderTerms(states, sources.clock(), sources.random().split(), this::lead);
        var identity = tls.identity();
        var directory = config.directory();
        var keys = KeyRing.exists(directory)
                ? KeyRing.open(directory, Optional.empty(), sources.secureRandom())
                : KeyRing.create(directory, sources.secureRandom());
        var raftConfig = new RaftConfig(
                directory,
                identity.nodeId(),
                identity.clusterId(),
                config.raftListen(),
                config.raftAdvertise(),
                tls,
                config.timings(),
                config.snapshotEntries());
        try {
            this.raft = RaftNode.start(raftConfig, keys, states, terms, failed, sources.secureRandom());
        } catch (RaftException e) {
            throw new ManagerFailure(e.getMessage(), e);
        }
        this.control = new Control(
                raft,
                states,
                images,
                (selector, options, sink) -> logs.read(selector, options, sink::send),
                sources.clock(),
                sources.secureRandom(),
                sources.secureRandom());
    }

    /**
     * Goes on as a manager of the cluster that the directory and the identity belong to.
     *
     * @param tls this node's identity; replaced when it is renewed
     * @param loops of the daemon, epoll; they outlive this
     * @param images how tags are resolved
     * @param failed told when this manager cannot go on: its log or state cannot be written or read
     */
    public static ManagerNode start(
            ManagerConfig config,
            TlsContexts tls,
            EventLoopGroup loops,
            ImageResolver images,
            Consumer<Throwable> failed,
            Sources sources) {
        var manager = new ManagerNode(config, tls, images, failed, sources);
        return manager.serving(loops);
    }

    /**
     * Makes a new cluster and becomes its first manager: the cluster exists when this returns, and nothing of it
     * otherwise, but for the directory. The node's identity is the caller's to store.
     */
    public static ManagerNode found(
            NewCluster cluster,
            ManagerConfig config,
            TlsContexts tls,
            EventLoopGroup loops,
            ImageResolver images,
            Consumer<Throwable> failed,
            Sources sources) {
        if (Files.exists(config.directory())) {
            throw new ManagerFailure(config.directory() + " holds the state of another cluster: remove it first");
        }
        var manager = new ManagerNode(config, tls, images, failed, sources);
        try {
            manager.commitFirst(cluster);
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
        return manager.serving(loops);
    }

    private void commitFirst(NewCluster cluster) {
        try {
            if (!led.await(FIRST_LEADERSHIP.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new ManagerFailure("the first manager did not become leader within " + FIRST_LEADERSHIP);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ManagerFailure("interrupted while making the cluster", e);
        }
        var result = raft.propose(cluster.changeSet(config));
        if (!result.accepted()) {
            throw new ManagerFailure("the cluster could not be made: " + result.message());
        }
    }

    private ManagerNode serving(EventLoopGroup loops) {
        try {
            var writer = new Writer(raft, states, sources.clock());
            var admission = new NodeAdmission(writer, sources.clock(), sources.secureRandom());
            server = ManagerServer.start(
                    config.listen(),
                    tls,
                    loops,
                    new AccessInterceptor(tls.identity().clusterId(), states::current),
                    List.of(
                            new NodeCaEndpoint(admission),
                            new ControlEndpoint(control),
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
        Orchestrators.loops().forEach(term::register);
        Allocators.loops().forEach(term::register);
        Schedulers.loops().forEach(term::register);
        term.register(new ManagerStatusLoop(tls.identity().nodeId(), config.advertise(), config.raftAdvertise()));
        dispatcher.begin(term);
        logs.begin(term);
        led.countDown();
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

    @Override
    public void close() {
        var serving = server;
        if (serving != null) {
            serving.close();
        }
        raft.close();
    }
}
