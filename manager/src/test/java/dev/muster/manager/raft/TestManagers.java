package dev.muster.manager.raft;

import dev.muster.api.NodeRole;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.Leadership;
import dev.muster.manager.state.LeadershipListener;
import dev.muster.pki.CertificateAuthority;
import dev.muster.pki.PeerIdentity;
import dev.muster.pki.TlsContexts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.assertj.core.api.Assertions;

/** Managers of one cluster in this process: real Raft, real TLS, real files. */
final class TestManagers implements AutoCloseable {
    static final String CLUSTER = "1".repeat(25);

    /** Slack for a machine that does much else; the first election is quick. */
    private static final RaftTimings TIMINGS = new RaftTimings(
            Duration.ofMillis(1500),
            Duration.ofMillis(3000),
            Duration.ofMillis(50),
            Duration.ofMillis(150),
            Duration.ofSeconds(2));

    private final SecureRandom random = new SecureRandom();
    private final CertificateAuthority authority = CertificateAuthority.create(random, Instant.now());
    private final Path directory;
    private final long snapshotEntries;
    private final Map<String, Integer> ports = new TreeMap<>();
    private final Map<String, Long> epochs = new HashMap<>();
    private final List<Manager> running = new ArrayList<>();

    TestManagers(Path directory, long snapshotEntries) {
        this.directory = directory;
        this.snapshotEntries = snapshotEntries;
    }

    /** One of them. */
    record Manager(
            String id, RaftNode raft, ClusterStates states, KeyRing keys, Terms terms, List<Throwable> failures) {
        boolean leads() {
            return terms.open().isPresent();
        }
    }

    /** What the listener was told. */
    static final class Terms implements LeadershipListener {
        private final List<String> told = new CopyOnWriteArrayList<>();
        private volatile Optional<Leadership> open = Optional.empty();

        @Override
        public void leadershipBegan(Leadership leadership) {
            told.add("began " + leadership.term());
            open = Optional.of(leadership);
        }

        @Override
        public void leadershipEnded(Leadership leadership) {
            told.add("ended " + leadership.term());
            open = Optional.empty();
        }

        Optional<Leadership> open() {
            return open;
        }

        List<String> told() {
            return told;
        }
    }

    /** Starts the first manager, or one that was there before. */
    Manager start(String id) {
        var home = directory.resolve(id);
        var keys = KeyRing.exists(home)
                ? KeyRing.open(home, Optional.empty(), random)
                : KeyRing.create(home, Optional.empty(), random);
        var states = new ClusterStates();
        var terms = new Terms();
        var failures = new CopyOnWriteArrayList<Throwable>();
        return remember(new Manager(
                id,
                RaftNode.start(config(id), keys, states, terms, failures::add, random),
                states,
                keys,
                terms,
                failures));
    }

    /** Starts a manager that waits to be added; it has the keys of one that is there. */
    Manager startJoining(String id, Manager member) {
        var keys = KeyRing.receive(
                directory.resolve(id), member.keys().keys(), member.keys().active(), Optional.empty(), random);
        var states = new ClusterStates();
        var terms = new Terms();
        var failures = new CopyOnWriteArrayList<Throwable>();
        return remember(new Manager(
                id,
                RaftNode.resume(config(id), keys, states, terms, failures::add, random),
                states,
                keys,
                terms,
                failures));
    }

    /** Starts a manager with what it has on its disk. */
    Manager resume(String id) {
        var keys = KeyRing.open(directory.resolve(id), Optional.empty(), random);
        var states = new ClusterStates();
        var terms = new Terms();
        var failures = new CopyOnWriteArrayList<Throwable>();
        return remember(new Manager(
                id,
                RaftNode.resume(config(id), keys, states, terms, failures::add, random),
                states,
                keys,
                terms,
                failures));
    }

    /** From now on the manager belongs to the group of this epoch. */
    void epoch(String id, long epoch) {
        epochs.put(id, epoch);
    }

    static MemberId member(String id) {
        return new MemberId(id, "log");
    }

    String address(String id) {
        return "127.0.0.1:" + port(id);
    }

    Path home(String id) {
        return directory.resolve(id);
    }

    void stop(Manager manager) {
        running.remove(manager);
        manager.raft().close();
    }

    @Override
    public void close() {
        List.copyOf(running).forEach(this::stop);
    }

    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                Assertions.fail("not within 30 s: " + what);
            }
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }

    private Manager remember(Manager manager) {
        running.add(manager);
        return manager;
    }

    /** What a node of the cluster shows, and whom it believes. */
    TlsContexts tls(String id, NodeRole role) {
        var identity = authority.selfIssue(new PeerIdentity(id, role, CLUSTER), Instant.now(), Duration.ofDays(1));
        return new TlsContexts(identity, InstantSource.system());
    }

    private RaftConfig config(String id) {
        return new RaftConfig(
                directory.resolve(id),
                member(id),
                CLUSTER,
                epochs.getOrDefault(id, 0L),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port(id)),
                address(id),
                tls(id, NodeRole.ROLE_MANAGER),
                TIMINGS,
                snapshotEntries);
    }

    private int port(String id) {
        return ports.computeIfAbsent(id, _ -> {
            try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }
}
