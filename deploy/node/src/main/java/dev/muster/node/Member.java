package dev.muster.node;

import com.google.protobuf.ByteString;
import dev.muster.api.GetNodeRequest;
import dev.muster.api.InitRequest;
import dev.muster.api.JoinRequest;
import dev.muster.api.Node;
import dev.muster.api.NodeDescription;
import dev.muster.api.NodeRole;
import dev.muster.api.Peer;
import dev.muster.api.UpdateNodeRequest;
import dev.muster.http.RpcCode;
import dev.muster.manager.ManagerBackup;
import dev.muster.manager.ManagerFailure;
import dev.muster.manager.ManagerKeys;
import dev.muster.manager.ManagerNode;
import dev.muster.manager.ManagerRecovery;
import dev.muster.manager.NewCluster;
import dev.muster.manager.control.Control;
import dev.muster.manager.control.ControlFailure;
import dev.muster.pki.CertificateRenewer;
import dev.muster.pki.Enrollment;
import dev.muster.pki.IdentityDirectory;
import dev.muster.pki.NodeIdentity;
import dev.muster.pki.TlsContexts;
import dev.muster.pki.TrustRoots;
import dev.muster.worker.agent.AgentConfig;
import dev.muster.worker.agent.ClusterListener;
import dev.muster.worker.agent.ManagerLinks;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * This host as a member of a cluster: its identity, the agent's connection to the managers, the renewal of its certificate, and the
 * manager half while its role says so. Made by founding a cluster, by joining one, or from what an earlier daemon stored.
 */
final class Member implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Member.class.getName());
    private static final Duration RENEWAL = Duration.ofSeconds(20);

    /** Leaving the Raft group takes a transfer of leadership and a change of the group at most. */
    private static final Duration RESIGNATION = Duration.ofSeconds(15);

    private final Host host;
    private final MembershipFile memberships;
    private final TlsContexts tls;
    private final ManagerHalf half;
    private final CertificateRenewer renewer;
    private final RoleKeeper role;
    private final CountDownLatch session = new CountDownLatch(1);
    private volatile Membership membership;

    private Member(
            Host host,
            Membership membership,
            TlsContexts tls,
            ManagerHalf half,
            MembershipFile memberships,
            IdentityDirectory identities) {
        this.host = host;
        this.membership = membership;
        this.memberships = memberships;
        this.tls = tls;
        this.half = half;
        Enrollment enrollment = enrollment(host);
        Listener listener = new Listener();
        this.renewer = CertificateRenewer.start(
                tls,
                identities,
                current -> enrollment.renew(current, managerAddresses(), RENEWAL),
                host.sources().clock(),
                host.sources().random().split(),
                listener::renewed);
        this.role = new RoleKeeper(
                tls,
                half,
                renewer,
                host.worker()::node,
                this::otherManagers,
                host.sources().nanoTime());
        listener.keeper = role;
        host.worker()
                .connect(
                        new ManagerLinks(tls, host.loops()),
                        new AgentConfig(seeds(), membership.dataPathAddress()),
                        listener);
    }

    private static Enrollment enrollment(Host host) {
        return new Enrollment(
                host.sources().secureRandom(),
                host.sources().clock(),
                host.sources().nanoTime());
    }

    /** Makes a new cluster with this host as its first manager. Nothing is left of it if that fails. */
    static Member found(
            Host host,
            Membership membership,
            InitRequest request,
            MembershipFile memberships,
            IdentityDirectory identities) {
        try {
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
            ManagerHalf half = new ManagerHalf(host, membership, tls, identities);
            half.found(cluster);
            memberships.store(membership);
            identities.store(cluster.identity());
            return new Member(host, membership, tls, half, memberships, identities);
        } catch (ManagerFailure e) {
            throw new NodeFailure(RpcCode.INTERNAL, String.valueOf(e.getMessage()));
        } catch (ControlFailure e) {
            throw new NodeFailure(e.code(), e.text());
        }
    }

    /** Gets a certificate with a join token and begins to look for a session and, as a manager, for its place in the group. */
    static Member join(
            Host host,
            Membership membership,
            JoinRequest request,
            Duration bound,
            MembershipFile memberships,
            IdentityDirectory identities) {
        NodeIdentity identity =
                enrollment(host).enroll(membership.managers(), request.getToken(), request.getAvailability(), bound);
        ManagerHalf.erase(host);
        identities.delete();
        memberships.store(membership);
        identities.store(identity);
        TlsContexts tls = new TlsContexts(identity, host.sources().clock());
        return new Member(
                host, membership, tls, new ManagerHalf(host, membership, tls, identities), memberships, identities);
    }

    /**
     * Goes on as what an earlier daemon was. A manager whose log is lost joins again, as soon as another is there.
     *
     * @param keys of a manager, if there are any
     * @param patience for a manager's log to be read
     */
    static Member resume(
            Host host,
            Membership membership,
            NodeIdentity identity,
            Optional<ManagerKeys> keys,
            Duration patience,
            MembershipFile memberships,
            IdentityDirectory identities) {
        TlsContexts tls = new TlsContexts(identity, host.sources().clock());
        ManagerHalf half = new ManagerHalf(host, membership, tls, identities);
        if (identity.role() == NodeRole.ROLE_MANAGER && half.hasState()) {
            half.resume(keys.orElseThrow(), patience);
        } else if (identity.role() == NodeRole.ROLE_WORKER) {
            // An earlier daemon may have ended before it was a manager no longer.
            half.end();
        }
        return new Member(host, membership, tls, half, memberships, identities);
    }

    /**
     * Goes on as the only manager of the cluster, with the newest state that this host has of it; throws
     * {@code ManagerFailure}.
     *
     * @param stopped the manager that ran here until now; empty if it could not start
     */
    static Member force(
            Host host,
            Membership membership,
            NodeIdentity identity,
            Optional<ManagerNode> stopped,
            InitRequest request,
            MembershipFile memberships,
            IdentityDirectory identities) {
        TlsContexts tls = new TlsContexts(identity, host.sources().clock());
        ManagerHalf half = new ManagerHalf(host, membership, tls, identities);
        ManagerRecovery.Self self = new ManagerRecovery.Self(
                identity.nodeId(), identity.clusterId(), host.facts().hostname(), membership.dataPathAddress());
        half.force(stopped, self, request.getSpec());
        memberships.store(membership);
        return new Member(host, membership, tls, half, memberships, identities);
    }

    /** Makes this host the only manager of the cluster in a backup. Nothing is left of it if that fails. */
    static Member restore(
            Host host,
            Membership membership,
            ManagerBackup backup,
            MembershipFile memberships,
            IdentityDirectory identities) {
        try {
            NodeIdentity identity = backup.newManager(host.sources());
            TlsContexts tls = new TlsContexts(identity, host.sources().clock());
            ManagerHalf half = new ManagerHalf(host, membership, tls, identities);
            half.restore(
                    backup,
                    new ManagerRecovery.Self(
                            identity.nodeId(),
                            identity.clusterId(),
                            host.facts().hostname(),
                            membership.dataPathAddress()));
            memberships.store(membership);
            identities.store(identity);
            return new Member(host, membership, tls, half, memberships, identities);
        } catch (ManagerFailure e) {
            throw new NodeFailure(RpcCode.INTERNAL, String.valueOf(e.getMessage()));
        }
    }

    /** Removes what a member has stored, so that the host can join or found another cluster. */
    static void erase(Host host, MembershipFile memberships, IdentityDirectory identities) {
        identities.delete();
        memberships.delete();
        ManagerHalf.erase(host);
    }

    NodeIdentity identity() {
        return tls.identity();
    }

    Membership membership() {
        return membership;
    }

    Optional<ManagerNode> manager() {
        return half.node();
    }

    Optional<Control> control() {
        return manager().map(ManagerNode::control);
    }

    /** What keeps this host from having its role; empty if nothing does. */
    String problem() {
        return role.problem();
    }

    /** The managers as far as they are known here. */
    List<Peer> managers() {
        List<Peer> own = manager().map(ManagerNode::managers).orElse(List.of());
        return own.isEmpty() ? host.worker().managers() : own;
    }

    private List<String> otherManagers() {
        return Stream.concat(managers().stream().map(Peer::getAddress), membership.managers().stream())
                .filter(address -> !address.equals(membership.advertiseAddress()))
                .distinct()
                .toList();
    }

    /** This host's own comes last: it may be the one that has just been let go. */
    private List<String> managerAddresses() {
        Stream<String> own = manager().isPresent() ? Stream.of(membership.advertiseAddress()) : Stream.of();
        return Stream.concat(otherManagers().stream(), own).toList();
    }

    /** Where to look first: on a manager its own endpoint, by the address that its certificate is asked for everywhere. */
    private List<String> seeds() {
        return manager().isPresent()
                ? Stream.concat(Stream.of(membership.advertiseAddress()), otherManagers().stream())
                        .toList()
                : membership.managers();
    }

    /** Waits until this host is a manager and has its place in the group; false if it has not in time. */
    boolean awaitManager(Duration bound) {
        return role.await(NodeRole.ROLE_MANAGER, bound)
                && manager().map(node -> node.awaitMember(bound)).orElse(false);
    }

    /**
     * Gives up the manager's role in order, so that the group that is left needs no vote of this host any more. Not
     * possible without other managers, or where too few of them could be heard: then it only says so in the log.
     */
    void resign() {
        try {
            Optional<Control> control = control();
            if (control.isEmpty() || otherManagers().isEmpty()) {
                return;
            }
            Node node = control.get()
                    .getNode(GetNodeRequest.newBuilder()
                            .setId(identity().nodeId())
                            .build())
                    .getNode();
            control.get()
                    .updateNode(UpdateNodeRequest.newBuilder()
                            .setId(node.getId())
                            .setVersion(node.getMeta().getVersion())
                            .setSpec(node.getSpec().toBuilder().setRole(NodeRole.ROLE_WORKER))
                            .build());
        } catch (ControlFailure e) {
            LOG.log(System.Logger.Level.WARNING, "leaving without a word to the other managers: {0}", e.text());
            return;
        }
        if (!role.await(NodeRole.ROLE_WORKER, RESIGNATION)) {
            LOG.log(System.Logger.Level.WARNING, "leaving though the other managers still count on this one");
        }
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
        role.close();
        renewer.close();
        host.worker().disconnect();
        half.close();
    }

    private final class Listener implements ClusterListener {
        private volatile @Nullable RoleKeeper keeper;

        private void renewed(NodeIdentity renewed) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "certificate renewed until {0}, as a {1}",
                    renewed.expiresAt(),
                    renewed.role() == NodeRole.ROLE_MANAGER ? "manager" : "worker");
            look();
        }

        private void look() {
            RoleKeeper known = keeper;
            if (known != null) {
                known.look();
            }
        }

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
            renewer.wantRoots(TrustRoots.read(rootCaPem.toByteArray()));
        }

        @Override
        public void nodeChanged(Node node) {
            renewer.wantSigner(node.getCertificateIssuerWanted());
            look();
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
