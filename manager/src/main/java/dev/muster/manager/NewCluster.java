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
import dev.muster.manager.settings.ClusterSettings;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterReducer;
import dev.muster.pki.CertificateAuthority;
import dev.muster.pki.JoinToken;
import dev.muster.pki.NodeIdentity;
import dev.muster.pki.PeerIdentity;
import java.util.List;

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
    private final CertificateAuthority authority;
    private final NodeIdentity identity;
    private final Sources sources;

    private NewCluster(Request request, CertificateAuthority authority, NodeIdentity identity, Sources sources) {
        this.request = request;
        this.authority = authority;
        this.identity = identity;
        this.sources = sources;
    }

    /** Makes keys and ids; nothing is stored. Throws {@code ControlFailure} for settings that cannot be. */
    public static NewCluster prepare(Request request, Sources sources) {
        ClusterSpecCheck.check(ClusterSpec.getDefaultInstance(), request.spec());
        ClusterSpecCheck.addresses(request.addressPools(), request.subnetSize(), request.dataPathPort());
        var now = sources.clock().instant();
        var authority = CertificateAuthority.create(sources.secureRandom(), now);
        var subject = new PeerIdentity(
                Ids.create(sources.secureRandom()), NodeRole.ROLE_MANAGER, Ids.create(sources.secureRandom()));
        var identity = authority.selfIssue(subject, now, ClusterSettings.certificateLifetime(request.spec()));
        return new NewCluster(request, authority, identity, sources);
    }

    /** Of the first manager: to be stored once the cluster exists. */
    public NodeIdentity identity() {
        return identity;
    }

    /** The first of the log: cluster, first manager, ingress network. */
    ChangeSet changeSet(ManagerConfig config, String raftMemberId) {
        var changes = new ChangeSetBuilder(sources.clock().instant(), "Init");
        changes.create(cluster());
        changes.create(firstManager(config, raftMemberId));
        var ingress = Network.newBuilder().setId(Ids.create(sources.random()));
        ingress.getSpecBuilder().setIngress(true).getAnnotationsBuilder().setName(INGRESS);
        ingress.getSpecBuilder().getDriverBuilder().setName("overlay");
        return changes.create(ingress.build()).build();
    }

    private Cluster cluster() {
        var pools = request.addressPools().isEmpty() ? List.of(ClusterSettings.ADDRESS_POOL) : request.addressPools();
        var cluster = Cluster.newBuilder()
                .setId(identity.clusterId())
                .setSpec(request.spec())
                .setRootCa(RootCa.newBuilder()
                        .setCertificatePem(ByteString.copyFrom(authority.certificatePem()))
                        .setKeyPem(ByteString.copyFrom(authority.keyPem()))
                        .setWorkerTokenSecret(JoinToken.newSecret(sources.secureRandom()))
                        .setManagerTokenSecret(JoinToken.newSecret(sources.secureRandom())))
                .addAllDefaultAddressPools(pools)
                .setSubnetSize(request.subnetSize() == 0 ? ClusterSettings.SUBNET_SIZE : request.subnetSize())
                .setDataPathPort(request.dataPathPort() == 0 ? ClusterSettings.DATA_PATH_PORT : request.dataPathPort())
                .setFeatureLevel(ClusterReducer.FEATURE_LEVEL);
        cluster.getSpecBuilder().getAnnotationsBuilder().setName(ClusterSettings.NAME);
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
