package dev.muster.node;

import com.google.protobuf.ByteString;
import dev.muster.api.InitRequest;
import dev.muster.api.JoinRequest;
import dev.muster.api.Node;
import dev.muster.api.NodeDescription;
import dev.muster.api.NodeRole;
import dev.muster.api.Peer;
import dev.muster.http.RpcCode;
import dev.muster.manager.ManagerConfig;
import dev.muster.manager.ManagerFailure;
import dev.muster.manager.ManagerNode;
import dev.muster.manager.NewCluster;
import dev.muster.manager.control.Control;
import dev.muster.manager.control.ControlFailure;
import dev.muster.pki.CertificateRenewer;
import dev.muster.pki.Enrollment;
import dev.muster.pki.IdentityDirectory;
import dev.muster.pki.NodeIdentity;
import dev.muster.pki.TlsContexts;
import dev.muster.worker.agent.AgentConfig;
import dev.muster.worker.agent.ClusterListener;
import dev.muster.worker.agent.ManagerLinks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * This host as a member of a cluster: its identity, the agent's connection to the managers, the renewal of its certificate, and the
 * manager half where its role says so. Made by founding a cluster, by joining one, or from what an earlier daemon stored.
 */
final class Member implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Member.class.getName());
    private static final Duration OWN_LOG = Duration.ofSeconds(30);
    private static final Duration RENEWAL = Duration.ofSeconds(20);

    private final Host host;
    private final MembershipFile memberships;
    private final TlsContexts tls;
    private final @Nullable ManagerNode manager;
    private final CertificateRenewer renewer;
    private final CountDownLatch session = new CountDownLatch(1);
    private volatile Membership membership;

    private Member(
            Host host,
            Membership membership,
            TlsContexts tls,
            @Nullable ManagerNode manager,
            MembershipFile memberships,
            IdentityDirectory identities) {
        this.host = host;
        this.membership = membership;
        this.memberships = memberships;
        this.tls = tls;
        this.manager = manager;
        Enrollment enrollment = enrollment(host);
        this.renewer = CertificateRenewer.start(
                tls,
                identities,
                current -> enrollment.renew(current, managerAddresses(), RENEWAL),
                host.sources().clock(),
                host.sources().random().split(),
                renewed -> LOG.log(System.Logger.Level.INFO, "certificate renewed until {0}", renewed.expiresAt()));
        host.worker()
                .connect(
                        new ManagerLinks(tls, host.loops()),
                        new AgentConfig(seeds(), membership.dataPathAddress()),
                        new Listener());
    }

    private static Enrollment enrollment(Host host) {
        return new Enrollment(
                host.sources().secureRandom(),
                host.sources().clock(),
                host.sources().nanoTime());
    }

    private static Path managerDirectory(Host host) {
        return host.options().dataDir.resolve("manager");
    }

    private static ManagerConfig managerConfig(Host host, Membership membership) {
        HostPort listen = HostPort.parse(membership.listenAddress(), 2377);
        HostPort advertise = HostPort.parse(membership.advertiseAddress(), 2377);
        int raftPort = host.options().raftPort;
        return ManagerConfig.standard(
                managerDirectory(host),
                new InetSocketAddress(listen.host().isEmpty() ? "0.0.0.0" : listen.host(), listen.port()),
                advertise.toString(),
                new InetSocketAddress(advertise.host(), raftPort),
                new HostPort(advertise.host(), raftPort).toString());
    }

    /** Makes a new cluster with this host as its first manager. Nothing is left of it if that fails. */
    static Member found(
            Host host,
            Membership membership,
            InitRequest request,
            MembershipFile memberships,
            IdentityDirectory identities) {
        try {
            // A crash during an earlier attempt may have left a log that no identity belongs to.
            deleteTree(managerDirectory(host));
            NewCluster cluster = NewCluster.prepare(
                    new NewCluster.Request(
                            request.getSpec(),
                            request.getDefaultAddressPoolsList(),
                            request.getSubnetSize(),
                            request.getDataPathPort(),
                            request.getAvailability(),
                            membership.dataPathAddress(),
                            NodeDescription.newBuilder()
                                    .setHostname(host.facts().hostname())
                                    .build()),
                    host.sources());
            TlsContexts tls = new TlsContexts(cluster.identity(), host.sources().clock());
            ManagerNode manager = ManagerNode.found(
                    cluster,
                    managerConfig(host, membership),
                    tls,
                    host.loops(),
                    host.images(),
                    host::managerFailed,
                    host.sources());
            memberships.store(membership);
            identities.store(cluster.identity());
            return new Member(host, membership, tls, manager, memberships, identities);
        } catch (ManagerFailure e) {
            deleteTree(managerDirectory(host));
            throw new NodeFailure(RpcCode.INTERNAL, String.valueOf(e.getMessage()));
        } catch (ControlFailure e) {
            throw new NodeFailure(e.code(), e.text());
        }
    }

    /** Gets a certificate with a join token and begins to look for a session. */
    static Member join(
            Host host,
            Membership membership,
            JoinRequest request,
            Duration bound,
            MembershipFile memberships,
            IdentityDirectory identities) {
        NodeIdentity identity =
                enrollment(host).enroll(membership.managers(), request.getToken(), request.getAvailability(), bound);
        memberships.store(membership);
        identities.store(identity);
        TlsContexts tls = new TlsContexts(identity, host.sources().clock());
        return new Member(host, membership, tls, null, memberships, identities);
    }

    /** Goes on as what an earlier daemon was. */
    static Member resume(
            Host host,
            Membership membership,
            NodeIdentity identity,
            MembershipFile memberships,
            IdentityDirectory identities) {
        TlsContexts tls = new TlsContexts(identity, host.sources().clock());
        ManagerNode manager = null;
        if (identity.role() == NodeRole.ROLE_MANAGER) {
            manager = ManagerNode.start(
                    managerConfig(host, membership),
                    tls,
                    host.loops(),
                    host.images(),
                    host::managerFailed,
                    host.sources());
            awaitOwnLog(manager);
        }
        return new Member(host, membership, tls, manager, memberships, identities);
    }

    private static void awaitOwnLog(ManagerNode manager) {
        try {
            if (!manager.awaitCluster(OWN_LOG)) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "this manager has not read its log within {0}; it goes on",
                        OWN_LOG);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Removes what a member has stored, so that the host can join or found another cluster. */
    static void erase(Host host, MembershipFile memberships, IdentityDirectory identities) {
        identities.delete();
        memberships.delete();
        deleteTree(managerDirectory(host));
    }

    private static void deleteTree(Path directory) {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + directory + ": " + e.getMessage(), e);
        }
    }

    NodeIdentity identity() {
        return tls.identity();
    }

    Membership membership() {
        return membership;
    }

    Optional<ManagerNode> manager() {
        return Optional.ofNullable(manager);
    }

    Optional<Control> control() {
        return manager().map(ManagerNode::control);
    }

    /** The managers as far as they are known here. */
    List<Peer> managers() {
        ManagerNode own = manager;
        return own != null ? own.managers() : host.worker().managers();
    }

    private List<String> managerAddresses() {
        List<String> known = managers().stream().map(Peer::getAddress).toList();
        return known.isEmpty() ? seeds() : known;
    }

    /** Where to look first: on a manager its own endpoint, by the address that its certificate is asked for everywhere. */
    private List<String> seeds() {
        return tls.identity().role() == NodeRole.ROLE_MANAGER
                ? List.of(membership.advertiseAddress())
                : membership.managers();
    }

    /** Waits until the agent has had a session; false if it has none in time. */
    boolean awaitSession(Duration bound) {
        try {
            return session.await(bound.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Ends the connection and the manager half; containers stay. */
    @Override
    public void close() {
        renewer.close();
        host.worker().disconnect();
        ManagerNode own = manager;
        if (own != null) {
            own.close();
        }
    }

    private final class Listener implements ClusterListener {
        @Override
        public void managersChanged(List<Peer> managers) {
            List<String> addresses = managers.stream().map(Peer::getAddress).toList();
            if (!addresses.isEmpty()) {
                membership = membership.withManagers(addresses);
                memberships.store(membership);
            }
        }

        @Override
        public void rootChanged(ByteString rootCaPem) {
            // The root travels with each renewed certificate; one that differs asks for a renewal.
            if (!rootCaPem.equals(ByteString.copyFrom(tls.identity().roots().pem()))) {
                renewer.renewNow();
            }
        }

        @Override
        public void nodeChanged(Node node) {
            LOG.log(
                    System.Logger.Level.DEBUG,
                    "node object is at version {0}",
                    node.getMeta().getVersion());
        }

        @Override
        public void connectionChanged(boolean connected, String detail) {
            if (connected) {
                session.countDown();
            }
        }

        @Override
        public void refused(String reason) {
            LOG.log(System.Logger.Level.WARNING, "the managers refuse this node: {0}", reason);
        }
    }
}
