package dev.muster.node;

import dev.muster.api.BackupRequest;
import dev.muster.api.BackupResponse;
import dev.muster.api.InitRequest;
import dev.muster.api.InitResponse;
import dev.muster.api.JoinRequest;
import dev.muster.api.JoinResponse;
import dev.muster.api.LeaveRequest;
import dev.muster.api.LeaveResponse;
import dev.muster.api.LocalNodeState;
import dev.muster.api.NodeInfoRequest;
import dev.muster.api.NodeInfoResponse;
import dev.muster.api.NodeRole;
import dev.muster.api.Peer;
import dev.muster.api.RestoreRequest;
import dev.muster.api.RestoreResponse;
import dev.muster.api.UnlockRequest;
import dev.muster.api.UnlockResponse;
import dev.muster.api.VersionRequest;
import dev.muster.api.VersionResponse;
import dev.muster.http.RpcCode;
import dev.muster.http.RpcRoutes;
import dev.muster.manager.ManagerBackup;
import dev.muster.manager.ManagerFailure;
import dev.muster.manager.ManagerKeys;
import dev.muster.manager.ManagerLocked;
import dev.muster.manager.ManagerNode;
import dev.muster.manager.control.Control;
import dev.muster.manager.control.ControlFailure;
import dev.muster.pki.EnrollmentFailure;
import dev.muster.pki.IdentityDirectory;
import dev.muster.pki.IdentitySeal;
import dev.muster.pki.JoinToken;
import dev.muster.pki.NodeIdentity;
import dev.muster.pki.UnlockKey;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A host's part in a cluster, from the moment the daemon starts: none yet, or one that is resumed; changed by init, join and
 * leave, which run one at a time. Reading calls never wait for them. Closing stops the daemon's work and leaves the containers
 * alone.
 */
final class Daemon implements NodeControl, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Daemon.class.getName());

    /** Docker's clients wait about this long for a join. */
    private static final Duration JOIN_BOUND = Duration.ofSeconds(20);

    /** A manager without a majority is waited for this long when the daemon starts; then its cluster can be forced. */
    private static final Duration RESUME_BOUND = Duration.ofSeconds(45);

    /** A manager that is the first to be unlocked has no majority yet: the others are waited for by nobody. */
    private static final Duration UNLOCKED_BOUND = Duration.ofSeconds(3);

    private final Host host;
    private final MembershipFile memberships;
    private final IdentityDirectory identities;
    private final ReentrantLock changing = new ReentrantLock();
    private volatile @Nullable Member member;
    private volatile LocalNodeState state = LocalNodeState.LOCAL_INACTIVE;
    private volatile String error = "";

    Daemon(Host host) {
        this.host = host;
        this.memberships = new MembershipFile(host.options().dataDir);
        this.identities = new IdentityDirectory(host.options().dataDir);
    }

    /**
     * Takes up the part that this host had before, if any. What keeps it from that is told by {@code info}; the daemon stays,
     * since its containers run and an operator needs a way in.
     */
    void resume() {
        changing.lock();
        try {
            if (memberships.load().isPresent() && identities.subject().isPresent()) {
                takeUp(ManagerHalf.keys(host, Optional.empty()), ManagerHalf.OWN_LOG);
            }
        } catch (ManagerLocked e) {
            state = LocalNodeState.LOCAL_LOCKED;
            LOG.log(System.Logger.Level.WARNING, "{0} Containers go on.", SwarmMessages.LOCKED);
        } catch (RuntimeException e) {
            failed(e);
        } finally {
            changing.unlock();
        }
    }

    private void takeUp(Optional<ManagerKeys> keys, Duration patience) {
        state = LocalNodeState.LOCAL_PENDING;
        keys.ifPresent(opened -> identities.openWith(
                new IdentitySeal(opened.identityKey(), host.sources().secureRandom())));
        member = Member.resume(
                host,
                memberships.load().orElseThrow(),
                identities.load().orElseThrow(),
                keys,
                patience,
                memberships,
                identities);
        state = LocalNodeState.LOCAL_ACTIVE;
    }

    private void failed(RuntimeException e) {
        state = LocalNodeState.LOCAL_ERROR;
        error = String.valueOf(e.getMessage());
        LOG.log(System.Logger.Level.ERROR, "cannot resume this node's part in its cluster", e);
    }

    @Override
    public InitResponse init(InitRequest request) {
        if (request.getForceNewCluster()) {
            return change(RESUME_BOUND, () -> force(request));
        }
        return change(() -> {
            requireNoMember();
            Membership membership = Memberships.of(
                    host, request.getListenAddress(), request.getAdvertiseAddress(), request.getDataPathAddress());
            Member founded = Member.found(host, membership, request, memberships, identities);
            member = founded;
            state = LocalNodeState.LOCAL_ACTIVE;
            return InitResponse.newBuilder()
                    .setNodeId(founded.identity().nodeId())
                    .build();
        });
    }

    /** Begins the cluster anew from what this manager has. Whatever fails can be tried again: the state stays. */
    private InitResponse force(InitRequest request) {
        if (state == LocalNodeState.LOCAL_LOCKED) {
            throw NodeFailure.unavailable(SwarmMessages.LOCKED);
        }
        NodeIdentity identity = identities
                .load()
                .filter(one -> one.role() == NodeRole.ROLE_MANAGER)
                .orElseThrow(() -> NodeFailure.unavailable(SwarmMessages.NOTHING_TO_FORCE));
        Membership before =
                memberships.load().orElseThrow(() -> NodeFailure.unavailable(SwarmMessages.NOTHING_TO_FORCE));
        Membership membership = Memberships.recovered(host, before, request);
        Member stopping = member;
        Optional<ManagerNode> manager = Optional.ofNullable(stopping).flatMap(Member::manager);
        member = null;
        state = LocalNodeState.LOCAL_PENDING;
        try {
            if (stopping != null) {
                stopping.close();
            }
            Member forced = Member.force(host, membership, identity, manager, request, memberships, identities);
            member = forced;
            state = LocalNodeState.LOCAL_ACTIVE;
            error = "";
            return InitResponse.newBuilder()
                    .setNodeId(forced.identity().nodeId())
                    .build();
        } catch (ManagerFailure | ControlFailure e) {
            state = LocalNodeState.LOCAL_ERROR;
            error = "the cluster could not be begun anew from this manager's state: " + e.getMessage();
            throw new NodeFailure(RpcCode.INTERNAL, error);
        }
    }

    @Override
    public JoinResponse join(JoinRequest request) {
        return change(() -> {
            requireNoMember();
            if (JoinToken.parse(request.getToken()).isEmpty()) {
                throw NodeFailure.invalid(
                        "invalid join token: it must look like SWMTKN-1-DIGEST-SECRET, as 'swarm join-token'"
                                + " on a manager prints it");
            }
            if (request.getRemoteAddressesList().isEmpty()) {
                throw NodeFailure.invalid("the address of a manager is needed: HOST:2377");
            }
            Membership membership = Memberships.of(
                            host,
                            request.getListenAddress(),
                            request.getAdvertiseAddress(),
                            request.getDataPathAddress())
                    .withManagers(List.copyOf(request.getRemoteAddressesList()));
            Member joined = Member.join(host, membership, request, JOIN_BOUND, memberships, identities);
            member = joined;
            state = LocalNodeState.LOCAL_ACTIVE;
            boolean manager = joined.identity().role() == NodeRole.ROLE_MANAGER;
            if (!joined.awaitSession(JOIN_BOUND) || (manager && !joined.awaitManager(JOIN_BOUND))) {
                String why = joined.problem();
                throw NodeFailure.unavailable(
                        why.isEmpty() ? SwarmMessages.JOIN_TIMEOUT : SwarmMessages.JOIN_TIMEOUT + " So far: " + why);
            }
            return JoinResponse.newBuilder()
                    .setNodeId(joined.identity().nodeId())
                    .setRole(joined.identity().role())
                    .build();
        });
    }

    @Override
    public LeaveResponse leave(LeaveRequest request) {
        return change(() -> {
            Member leaving = member;
            boolean locked = state == LocalNodeState.LOCAL_LOCKED;
            boolean broken = state == LocalNodeState.LOCAL_ERROR || locked;
            if (leaving == null && !broken) {
                throw NodeFailure.unavailable(SwarmMessages.NO_MEMBER);
            }
            if (locked && !request.getForce()) {
                throw NodeFailure.unavailable(SwarmMessages.LEAVE_LOCKED);
            }
            boolean manager = identities
                    .subject()
                    .map(i -> i.role() == NodeRole.ROLE_MANAGER)
                    .orElse(false);
            if (manager && !request.getForce()) {
                throw NodeFailure.unavailable(LeaveWarning.of(
                        Optional.ofNullable(leaving).flatMap(Member::manager).map(ManagerNode::states)));
            }
            if (leaving != null) {
                if (manager) {
                    leaving.resign();
                }
                leaving.close();
            }
            member = null;
            host.worker().leave();
            Member.erase(host, memberships, identities);
            state = LocalNodeState.LOCAL_INACTIVE;
            error = "";
            return LeaveResponse.getDefaultInstance();
        });
    }

    @Override
    public UnlockResponse unlock(UnlockRequest request) {
        return change(() -> {
            if (state == LocalNodeState.LOCAL_INACTIVE) {
                throw NodeFailure.unavailable(SwarmMessages.NO_MEMBER);
            }
            if (state != LocalNodeState.LOCAL_LOCKED) {
                throw new NodeFailure(RpcCode.ALREADY_EXISTS, SwarmMessages.NOT_LOCKED);
            }
            Optional<UnlockKey> key = UnlockKey.parse(request.getKey().strip());
            if (key.isEmpty()) {
                throw NodeFailure.invalid("invalid unlock key: it must look like SWMKEY-1-KEY, as 'swarm unlock-key'"
                        + " on another manager prints it");
            }
            Optional<ManagerKeys> opened;
            try {
                opened = ManagerHalf.keys(host, key);
            } catch (ManagerLocked e) {
                throw new NodeFailure(RpcCode.UNAUTHENTICATED, SwarmMessages.WRONG_UNLOCK_KEY);
            }
            try {
                takeUp(opened, UNLOCKED_BOUND);
            } catch (RuntimeException e) {
                failed(e);
                throw new NodeFailure(RpcCode.INTERNAL, "unlocked, but " + e.getMessage());
            }
            return UnlockResponse.getDefaultInstance();
        });
    }

    @Override
    public void backup(BackupRequest request, RpcRoutes.Responses<BackupResponse> responses) throws IOException {
        control();
        ClusterBackups.send(
                member().flatMap(Member::manager).orElseThrow(() -> NodeFailure.unavailable(SwarmMessages.PREPARING)),
                responses);
    }

    @Override
    public RestoreResponse restore(RestoreRequest request) {
        return change(() -> {
            requireNoMember();
            ManagerBackup backup = ClusterBackups.read(request, host.sources());
            Membership membership = Memberships.of(
                    host, request.getListenAddress(), request.getAdvertiseAddress(), request.getDataPathAddress());
            Member restored = Member.restore(host, membership, backup, memberships, identities);
            member = restored;
            state = LocalNodeState.LOCAL_ACTIVE;
            return RestoreResponse.newBuilder()
                    .setNodeId(restored.identity().nodeId())
                    .setClusterId(restored.identity().clusterId())
                    .setCreatedAt(backup.header().getCreatedAt())
                    .setNodes(backup.state().nodes().size())
                    .setServices(backup.state().services().size())
                    .build();
        });
    }

    private interface Change<R> {
        R make();
    }

    private <R> R change(Change<R> change) {
        return change(Duration.ZERO, change);
    }

    private <R> R change(Duration patience, Change<R> change) {
        if (!lockWithin(patience)) {
            throw NodeFailure.unavailable(
                    "this node is just joining, leaving or initializing a swarm: try again when it is done");
        }
        try {
            return change.make();
        } catch (EnrollmentFailure e) {
            RpcCode code = e.temporary() ? RpcCode.UNAVAILABLE : RpcCode.INVALID_ARGUMENT;
            throw new NodeFailure(code, String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            throw NodeFailure.invalid(String.valueOf(e.getMessage()));
        } finally {
            changing.unlock();
        }
    }

    private boolean lockWithin(Duration patience) {
        try {
            return changing.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void requireNoMember() {
        if (member != null || state != LocalNodeState.LOCAL_INACTIVE) {
            throw NodeFailure.unavailable(SwarmMessages.MEMBER_ALREADY);
        }
    }

    /**
     * What users ask of the cluster.
     *
     * @throws ControlFailure in swarm's words while this node is no manager
     */
    Control control() {
        Member current = member;
        if (current == null) {
            throw new ControlFailure(
                    RpcCode.UNAVAILABLE,
                    switch (state) {
                        case LOCAL_PENDING -> SwarmMessages.PREPARING;
                        case LOCAL_LOCKED -> SwarmMessages.LOCKED;
                        default -> SwarmMessages.NO_SWARM;
                    });
        }
        return current.control()
                .orElseThrow(() -> new ControlFailure(
                        RpcCode.UNAVAILABLE,
                        current.identity().role() == NodeRole.ROLE_MANAGER
                                ? SwarmMessages.PREPARING
                                : SwarmMessages.WORKER));
    }

    Optional<Member> member() {
        return Optional.ofNullable(member);
    }

    @Override
    public NodeInfoResponse nodeInfo(NodeInfoRequest request) {
        NodeInfoResponse.Builder answer = host.describe().setState(state).setError(error);
        Member current = member;
        if (current != null) {
            List<Peer> managers = current.managers();
            if (error.isEmpty()) {
                answer.setError(current.problem());
            }
            answer.setNodeId(current.identity().nodeId())
                    .setNodeAddress(HostPort.parse(current.membership().advertiseAddress(), 2377)
                            .host())
                    .setControlAvailable(current.control().isPresent())
                    .addAllRemoteManagers(managers);
        }
        return answer.build();
    }

    @Override
    public VersionResponse version(VersionRequest request) {
        return host.version();
    }

    @Override
    public void close() {
        Member current = member;
        if (current != null) {
            current.close();
        }
    }
}
