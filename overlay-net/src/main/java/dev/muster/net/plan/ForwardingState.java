package dev.muster.net.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Where the addresses of a network are, as one node's bridge knows it.
 *
 * @param remotes address in the network → underlay address of the host that has it
 * @param vips the virtual addresses that the bridge answers for
 */
public record ForwardingState(SortedMap<Ipv4, Ipv4> remotes, SortedSet<Ipv4> vips) {
    public static final ForwardingState EMPTY = new ForwardingState(new TreeMap<>(), new TreeSet<>());

    /**
     * What the tables ask for.
     *
     * @param underlay this host's own
     * @param local addresses that sandboxes of this node hold: the tables do not override them
     */
    public static ForwardingState desired(NetworkTables tables, Ipv4 underlay, Set<Ipv4> local) {
        var remotes = new TreeMap<Ipv4, Ipv4>();
        for (var peer : tables.peers().values()) {
            put(remotes, peer.getAddress(), peer.getUnderlayAddress(), underlay);
        }
        for (var endpoint : tables.endpoints().values()) {
            if (!endpoint.getUnderlayAddress().isEmpty()) {
                put(remotes, endpoint.getAddress(), endpoint.getUnderlayAddress(), underlay);
            }
        }
        remotes.keySet().removeAll(local);
        remotes.remove(tables.nodeAddress().address());
        var vips = new TreeSet<Ipv4>();
        if (!tables.ingress()) {
            vips.addAll(ServicePlan.vips(tables).keySet());
        }
        return new ForwardingState(remotes, vips);
    }

    /** The steps from this state to {@code desired}, removals first. */
    public List<ForwardingOperation> stepsTo(ForwardingState desired) {
        var steps = new ArrayList<ForwardingOperation>();
        remotes.forEach((address, at) -> {
            if (!desired.remotes.containsKey(address)) {
                steps.add(new ForwardingOperation.ForgetRemote(address, at));
            }
        });
        for (var vip : vips) {
            if (!desired.vips.contains(vip)) {
                steps.add(new ForwardingOperation.RemoveVip(vip));
            }
        }
        desired.remotes.forEach((address, at) -> {
            if (!at.equals(remotes.get(address))) {
                steps.add(new ForwardingOperation.PlaceRemote(address, at));
            }
        });
        for (var vip : desired.vips) {
            if (!vips.contains(vip)) {
                steps.add(new ForwardingOperation.AddVip(vip));
            }
        }
        return steps;
    }

    private static void put(TreeMap<Ipv4, Ipv4> remotes, String address, String at, Ipv4 underlay) {
        var host = Ipv4.parse(at);
        if (!host.equals(underlay)) {
            remotes.put(Subnet.parse(address).address(), host);
        }
    }
}
