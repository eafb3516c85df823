package dev.muster.manager.allocator;

import dev.muster.api.ChangeSet;
import dev.muster.api.Cluster;
import dev.muster.api.Ipam;
import dev.muster.api.IpamConfig;
import dev.muster.api.Network;
import dev.muster.api.Timestamps;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Gives networks their subnet, gateway and VNI, the ingress network first, then by age. A subnet that the user asked for
 * is taken as it is, if no other network has any of it.
 */
final class NetworkAllocation {
    /** VNIs below are left to others, as in swarm. */
    private static final int FIRST_VNI = 4096;

    private static final int LAST_VNI = (1 << 24) - 1;
    private static final String DEFAULT_POOL = "10.0.0.0/8";
    private static final int DEFAULT_SUBNET_BITS = 24;

    /** Room for a gateway and for someone to talk to it. */
    private static final int LONGEST_PREFIX = 30;

    private final ClusterState state;
    private final Instant now;
    private final String origin;
    private final SubnetPool subnets;
    private final BitSet vnis = new BitSet();
    private final List<ChangeSet> changeSets = new ArrayList<>();
    private boolean failed;

    private NetworkAllocation(ClusterState state, Instant now, String origin) {
        this.state = state;
        this.now = now;
        this.origin = origin;
        this.subnets = pool(state);
        for (var network : state.networks().values()) {
            vnis.set(network.getVni());
            network.getIpam().getConfigsList().stream()
                    .map(config -> Subnet.parse(config.getSubnet()))
                    .flatMap(Optional::stream)
                    .forEach(subnets::take);
        }
    }

    /**
     * @param failed whether a network could not get what it needs
     */
    record Result(List<ChangeSet> changeSets, boolean failed) {}

    static Result run(ClusterState state, Instant now, String origin) {
        var waiting = state.networks().values().stream()
                .filter(network -> !network.getPendingDelete()
                        && AddressBook.isOverlay(network)
                        && !AddressBook.hasSubnet(network))
                .sorted(Comparator.comparing(
                                (Network network) -> !network.getSpec().getIngress())
                        .thenComparing(
                                network -> Timestamps.instant(network.getMeta().getCreatedAt()))
                        .thenComparing(Network::getId))
                .toList();
        if (waiting.isEmpty()) {
            return new Result(List.of(), false);
        }
        var allocation = new NetworkAllocation(state, now, origin);
        waiting.forEach(allocation::allocate);
        allocation.storeCursor();
        return new Result(allocation.changeSets, allocation.failed);
    }

    private static SubnetPool pool(ClusterState state) {
        var cluster = state.cluster().orElse(Cluster.getDefaultInstance());
        List<String> pools = cluster.getDefaultAddressPoolsCount() == 0
                ? List.of(DEFAULT_POOL)
                : cluster.getDefaultAddressPoolsList();
        return new SubnetPool(
                pools.stream().map(Subnet::parse).flatMap(Optional::stream).toList(),
                cluster.getSubnetSize() == 0 ? DEFAULT_SUBNET_BITS : cluster.getSubnetSize(),
                Subnet.parse(cluster.getSubnetCursor()));
    }

    private void allocate(Network network) {
        var configs = new ArrayList<IpamConfig>();
        List<IpamConfig> wanted = network.getSpec().getIpam().getConfigsCount() == 0
                ? List.of(IpamConfig.getDefaultInstance())
                : network.getSpec().getIpam().getConfigsList();
        for (var config : wanted) {
            var problem = fill(config, configs);
            if (problem.isPresent()) {
                refuse(network, problem.get());
                return;
            }
        }
        int vni = vnis.nextClearBit(FIRST_VNI);
        if (vni > LAST_VNI) {
            refuse(network, "no free VNI: all of " + FIRST_VNI + "-" + LAST_VNI + " are in use");
            return;
        }
        vnis.set(vni);
        changeSets.add(new ChangeSetBuilder(now, origin)
                .update(network.toBuilder()
                        .setVni(vni)
                        .setIpam(Ipam.newBuilder()
                                .setDriver(network.getSpec().getIpam().getDriver())
                                .addAllConfigs(configs))
                        .clearErr()
                        .build())
                .build());
    }

    /** Completes one subnet of a network; answers what is wrong with it. */
    private Optional<String> fill(IpamConfig config, List<IpamConfig> filled) {
        Subnet subnet;
        if (config.getSubnet().isEmpty()) {
            var next = subnets.next();
            if (next.isEmpty()) {
                return Optional.of("no free subnet in the cluster's address pools; remove networks or name a subnet");
            }
            subnet = next.get();
        } else {
            var parsed = Subnet.parse(config.getSubnet());
            if (parsed.isEmpty()) {
                return Optional.of("subnet " + config.getSubnet() + " is not supported: only IPv4 subnets are");
            }
            subnet = parsed.get();
            if (subnet.prefixBits() > LONGEST_PREFIX) {
                return Optional.of("subnet " + subnet + " has no room for addresses");
            }
            var conflict = subnets.conflict(subnet);
            if (conflict.isPresent()) {
                return Optional.of("subnet " + subnet + " overlaps with " + owner(conflict.get()));
            }
            subnets.take(subnet);
        }
        filled.add(config.toBuilder()
                .setSubnet(subnet.toString())
                .setGateway(config.getGateway().isEmpty() ? Subnet.text(subnet.first() + 1) : config.getGateway())
                .build());
        return Optional.empty();
    }

    private String owner(Subnet subnet) {
        return state.networks().values().stream()
                .filter(network -> network.getIpam().getConfigsList().stream()
                        .anyMatch(config -> Subnet.parse(config.getSubnet()).equals(Optional.of(subnet))))
                .map(network -> subnet + " of network "
                        + network.getSpec().getAnnotations().getName())
                .findFirst()
                .orElse(subnet + " of another network");
    }

    private void refuse(Network network, String problem) {
        failed = true;
        if (!network.getErr().equals(problem)) {
            changeSets.add(new ChangeSetBuilder(now, origin)
                    .update(network.toBuilder().setErr(problem).build())
                    .build());
        }
    }

    private void storeCursor() {
        var cursor = subnets.cursor().map(Subnet::toString);
        state.cluster()
                .filter(cluster ->
                        cursor.isPresent() && !cluster.getSubnetCursor().equals(cursor.get()))
                .ifPresent(cluster -> changeSets.add(new ChangeSetBuilder(now, origin)
                        .update(cluster.toBuilder()
                                .setSubnetCursor(cursor.get())
                                .build())
                        .build()));
    }
}
