package dev.muster.manager.scheduler;

import dev.muster.api.Mount;
import dev.muster.api.Node;
import dev.muster.manager.placement.Constraints;
import dev.muster.manager.placement.NodeStanding;
import dev.muster.manager.placement.Platforms;
import dev.muster.manager.state.ClusterState;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * One reason why a node may not get a task, and the words in which it is explained, which are swarm's.
 *
 * @param passes whether the node may get it, as far as this reason goes
 * @param one the explanation for one node
 * @param many the explanation for several, with their number for {@code %d}
 */
record NodeFilter(Predicate<Candidate> passes, String one, String many) {
    private static final String LOCAL_DRIVER = "local";

    /** The filters that matter to the group, in the order in which they are asked. */
    static List<NodeFilter> of(ClusterState state, TaskGroup group) {
        var filters = new ArrayList<NodeFilter>();
        filters.add(ready());
        filters.add(resources(group));
        filters.add(plugins(state, group));
        filters.add(constraints(group));
        filters.add(platforms(group));
        if (group.hasHostPorts()) {
            filters.add(hostPorts(group));
        }
        var placement = group.revision().getTask().getPlacement();
        if (placement.getMaxReplicas() > 0) {
            filters.add(maxReplicas(group, placement.getMaxReplicas()));
        }
        if (mounts(group).anyMatch(mount -> mount.getType() == Mount.Type.CLUSTER)) {
            filters.add(clusterVolumes());
        }
        return filters;
    }

    /** What a task that comes with its node is checked against: the same, but replicas per node. */
    static List<NodeFilter> ofPreassigned(ClusterState state, TaskGroup group) {
        var unlimited = group.revision().toBuilder();
        unlimited.getTaskBuilder().getPlacementBuilder().clearMaxReplicas();
        return of(state, new TaskGroup(unlimited.build(), group.tasks()));
    }

    String explain(int nodes) {
        return nodes == 1 ? one : many.formatted(nodes);
    }

    private static NodeFilter ready() {
        return new NodeFilter(
                candidate -> NodeStanding.takesTasks(candidate.node()),
                "1 node not available for new tasks",
                "%d nodes not available for new tasks");
    }

    private static NodeFilter resources(TaskGroup group) {
        var reserved = group.reservations();
        return new NodeFilter(
                candidate -> candidate.covers(reserved),
                "insufficient resources on 1 node",
                "insufficient resources on %d nodes");
    }

    private static NodeFilter plugins(ClusterState state, TaskGroup group) {
        var volumes = mounts(group)
                .filter(mount -> mount.getType() == Mount.Type.VOLUME)
                .map(mount -> mount.getVolume().getDriver().getName())
                .filter(driver -> !driver.isEmpty() && !driver.equals(LOCAL_DRIVER))
                .toList();
        var networks = group.revision().getTask().getNetworksList().stream()
                .flatMap(attached -> state.network(attached.getTarget()).stream())
                .map(network -> network.getSpec().getDriver().getName())
                .filter(driver -> !driver.isEmpty())
                .toList();
        var log = group.revision().getTask().getLogDriver().getName();
        return new NodeFilter(
                candidate -> volumes.stream().allMatch(driver -> has(candidate.node(), "Volume", driver))
                        && networks.stream().allMatch(driver -> hasOrHidesAll(candidate.node(), "Network", driver))
                        && (log.isEmpty() || log.equals("none") || hasOrHidesAll(candidate.node(), "Log", log)),
                "missing plugin on 1 node",
                "missing plugin on %d nodes");
    }

    private static NodeFilter constraints(TaskGroup group) {
        var constraints =
                Constraints.of(group.revision().getTask().getPlacement().getConstraintsList());
        return new NodeFilter(
                candidate -> constraints.matches(candidate.node()),
                "scheduling constraints not satisfied on 1 node",
                "scheduling constraints not satisfied on %d nodes");
    }

    private static NodeFilter platforms(TaskGroup group) {
        var platforms = group.revision().getTask().getPlacement().getPlatformsList();
        return new NodeFilter(
                candidate -> Platforms.fits(platforms, candidate.node()),
                "unsupported platform on 1 node",
                "unsupported platform on %d nodes");
    }

    private static NodeFilter hostPorts(TaskGroup group) {
        return new NodeFilter(
                candidate -> candidate.hasFree(group.ports()),
                "host-mode port already in use on 1 node",
                "host-mode port already in use on %d nodes");
    }

    private static NodeFilter maxReplicas(TaskGroup group, long limit) {
        return new NodeFilter(
                candidate -> Long.compareUnsigned(candidate.activeOf(group.serviceId()), limit) < 0,
                "max replicas per node limit exceed",
                "max replicas per node limit exceed");
    }

    /** No node can: there is no CSI plugin. */
    private static NodeFilter clusterVolumes() {
        return new NodeFilter(
                candidate -> false,
                "cannot fulfill requested CSI volume mounts on 1 node",
                "cannot fulfill requested CSI volume mounts on %d nodes");
    }

    private static Stream<Mount> mounts(TaskGroup group) {
        return group.revision().getTask().getContainer().getMountsList().stream();
    }

    private static boolean has(Node node, String type, String driver) {
        return node.getDescription().getPluginsList().stream()
                .anyMatch(plugin -> plugin.getType().equals(type) && sameName(plugin.getName(), driver));
    }

    /** A node that names no plugin at all of a type does not tell: then it is not left out. */
    private static boolean hasOrHidesAll(Node node, String type, String driver) {
        return has(node, type, driver)
                || node.getDescription().getPluginsList().stream()
                        .noneMatch(plugin -> plugin.getType().equals(type));
    }

    private static boolean sameName(String left, String right) {
        return tagged(left).equals(tagged(right));
    }

    private static String tagged(String name) {
        return name.contains(":") ? name : name + ":latest";
    }
}
