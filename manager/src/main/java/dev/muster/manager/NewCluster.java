package dev.muster.manager;

import com.google.protobuf.ByteString;
import dev.muster.api.Availability;
import dev.muster.api.ChangeSet;
import dev.muster.api.Cluster;
import dev.muster.api.ClusterSpec;
import dev.muster.api.Ids;
import dev.muster.api.ManagerStatus;
import dev.muster.api.Network;
import dev.muster.api.Node;
import dev.muster.api.NodeDescription;
import dev.muster.api.NodeRole;
import dev.muster.api.NodeSpec;
import dev.muster.api.NodeState;
import dev.muster.api.NodeStatus;
import dev.muster.api.Reachability;
import dev.muster.api.RootCa;
import dev.muster.api.Timestamps;
import dev.muster.manager.control.ClusterSpecCheck;
import dev.muster.manager.control.ControlFailure;
import dev.muster.manager.settings.ClusterSettings;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.trust.CfsslAuthority;
import dev.muster.manager.trust.OutsideAuthority;
import dev.muster.manager.trust.RootWishes;
import dev.muster.manager.trust.Signers;
import dev.muster.manager.trust.TrustFailure;
import dev.muster.pki.CertificateAuthority;
import dev.muster.pki.CertificateRequests;
import dev.muster.pki.JoinToken;
import dev.muster.pki.NodeIdentity;
import dev.muster.pki.NodeKeys;
import dev.muster.pki.PeerIdentity;
import dev.muster.pki.Pem;
import dev.muster.pki.TrustRoots;
import dev.muster.pki.UnlockKey;
import java.util.List;
import java.util.Optional;

/**
 * A cluster that is about to be: its id, its root and tokens, and the identity of its first manager. It exists once the
 * change set is committed.
 */
public final class NewCluster {
    /** The name of the network that the routing mesh runs on. */
    private static final String INGRESS = "ingress";

    /**
     * What the user asks for.
     *
     * @param addressPools networks get their subnets from these, in CIDR notation; empty: the default
     * @param subnetSize prefix length of those subnets; 0: the default
     * @param dataPathPort UDP port of VXLAN; 0: the default
     * @param availability of the first manager, which runs tasks too
     * @param dataPathAddress where VXLAN reaches the first manager
     * @param description of the first manager's host, as far as it is known now; its agent tells the rest
     */
    public record Request(
            ClusterSpec spec,
            List<String> addressPools,
            int subnetSize,
            int dataPathPort,
            Availability availability,
            String dataPathAddress,
            NodeDescription description) {
        public Request {
            addressPools = List.copyOf(addressPools);
        }
    }

    private final Request request;
    private final RootCa root;
    private final NodeIdentity identity;
    private final Optional<UnlockKey> unlockKey;
    private final Sources sources;

    private NewCluster(Request request, RootCa root, NodeIdentity identity, Sources sources) {
        this.request = request;
        this.root = root;
        this.identity = identity;
        this.unlockKey =
                request.spec().getAutolock() ? Optional.of(UnlockKey.create(sources.secureRandom())) : Optional.empty();
        this.sources = sources;
    }

    /** Makes keys and ids; nothing is stored. Throws {@code ControlFailure} for settings that cannot be. */
    public static NewCluster prepare(Request request, Sources sources) {
        ClusterSpecCheck.check(request.spec());
        ClusterSpecCheck.addresses(request.addressPools(), request.subnetSize(), request.dataPathPort());
        var root = root(request.spec(), sources);
        var subject = new PeerIdentity(
                Ids.create(sources.secureRandom()), NodeRole.ROLE_MANAGER, Ids.create(sources.secureRandom()));
        return new NewCluster(request, root, identity(request.spec(), root, subject, sources), sources);
    }

    /** Made here, or that of an authority outside, whose key is not known here. */
    private static RootCa root(ClusterSpec spec, Sources sources) {
        var random = sources.secureRandom();
        var root = RootCa.newBuilder()
                .setForcedRotation(spec.getCaForceRotate())
                .setWorkerTokenSecret(JoinToken.newSecret(random))
                .setManagerTokenSecret(JoinToken.newSecret(random));
        if (!spec.getSigningCaCertificatePem().isEmpty()
                || !spec.getSigningCaKeyPem().isEmpty()) {
            throw ControlFailure.invalid("a cluster begins with a root of its own, or with an external CA's: rotate to"
                    + " another one with `muster swarm ca --rotate`");
        }
        if (spec.getExternalCasCount() == 0) {
            var authority = CertificateAuthority.create(random, sources.clock().instant());
            return root.setCertificatePem(ByteString.copyFrom(authority.certificatePem()))
                    .setKeyPem(ByteString.copyFrom(authority.keyPem()))
                    .build();
        }
        try {
            var outside = new RootWishes(OutsideAuthority.NONE, random, sources.clock()).outsideRoot(spec);
            return root.setCertificatePem(ByteString.copyFrom(Pem.certificates(List.of(outside))))
                    .build();
        } catch (TrustFailure e) {
            throw ControlFailure.invalid(e.getMessage());
        }
    }

    private static NodeIdentity identity(ClusterSpec spec, RootCa root, PeerIdentity subject, Sources sources) {
        var random = sources.secureRandom();
        var keys = NodeKeys.generate(random);
        var signers = new Signers(new CfsslAuthority(Optional::empty), random, sources.clock());
        try {
            var chain = signers.issue(
                    spec,
                    root.getCertificatePem(),
                    root.getKeyPem(),
                    CertificateRequests.create(keys, random),
                    subject);
            return new NodeIdentity(
                    keys.getPrivate(),
                    chain,
                    TrustRoots.read(root.getCertificatePem().toByteArray()));
        } catch (TrustFailure e) {
            throw ControlFailure.unavailable(e.getMessage());
        }
    }

    /** Of the first manager: to be stored once the cluster exists. */
    public NodeIdentity identity() {
        return identity;
    }

    /** What opens a restarted manager, if managers are to be locked. */
    Optional<UnlockKey> unlockKey() {
        return unlockKey;
    }

    /** The first of the log: cluster, first manager, ingress network. */
    ChangeSet changeSet(ManagerConfig config, String raftMemberId, String dataKey) {
        var changes = new ChangeSetBuilder(sources.clock().instant(), "Init");
        changes.create(cluster(config, raftMemberId, dataKey));
        changes.create(firstManager(config, raftMemberId));
        var ingress = Network.newBuilder().setId(Ids.create(sources.random()));
        ingress.getSpecBuilder().setIngress(true).getAnnotationsBuilder().setName(INGRESS);
        ingress.getSpecBuilder().getDriverBuilder().setName("overlay");
        return changes.create(ingress.build()).build();
    }

    private Cluster cluster(ManagerConfig config, String raftMemberId, String dataKey) {
        var pools = request.addressPools().isEmpty() ? List.of(ClusterSettings.ADDRESS_POOL) : request.addressPools();
        var cluster = Cluster.newBuilder()
                .setId(identity.clusterId())
                .setSpec(request.spec())
                .setRootCa(root)
                .addAllDefaultAddressPools(pools)
                .setSubnetSize(request.subnetSize() == 0 ? ClusterSettings.SUBNET_SIZE : request.subnetSize())
                .setDataPathPort(request.dataPathPort() == 0 ? ClusterSettings.DATA_PATH_PORT : request.dataPathPort())
                .setFeatureLevel(config.featureLevel());
        cluster.getSpecBuilder().getAnnotationsBuilder().setName(ClusterSettings.NAME);
        cluster.setActiveDataKey(dataKey).getDataKeyRotationBuilder().addHolders(raftMemberId);
        unlockKey.ifPresent(key -> cluster.setUnlockKey(key.key()));
        return cluster.build();
    }

    private Node firstManager(ManagerConfig config, String raftMemberId) {
        return Node.newBuilder()
                .setId(identity.nodeId())
                .setSpec(NodeSpec.newBuilder().setRole(NodeRole.ROLE_MANAGER).setAvailability(request.availability()))
                .setRole(NodeRole.ROLE_MANAGER)
                .setDescription(request.description())
                .setStatus(NodeStatus.newBuilder()
                        .setState(NodeState.NODE_READY)
                        .setAddress(request.dataPathAddress())
                        .setSince(Timestamps.of(sources.clock().instant())))
                .setManagerStatus(ManagerStatus.newBuilder()
                        .setAddress(config.advertise())
                        .setRaftAddress(config.raftAdvertise())
                        .setRaftMemberId(raftMemberId)
                        .setReachability(Reachability.REACHABILITY_REACHABLE)
                        .setLeader(true))
                .build();
    }
}
