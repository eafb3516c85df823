package dev.muster.net;

import dev.muster.net.dns.NetworkNames;
import dev.muster.net.lb.Nftables;
import dev.muster.net.lb.VipTable;
import dev.muster.net.link.Connections;
import dev.muster.net.link.HostLinks;
import dev.muster.net.link.NamespacePins;
import dev.muster.net.link.OverlayBridge;
import dev.muster.net.link.PeerEnd;
import dev.muster.net.plan.Balance;
import dev.muster.net.plan.ForwardingState;
import dev.muster.net.plan.Ipv4;
import dev.muster.net.plan.NetworkTables;
import dev.muster.net.plan.ServicePlan;
import dev.muster.net.plan.Subnet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One overlay network on this node: its bridge, its virtual addresses, and what of the tables is in force. The overlay
 * calls it under its lock.
 */
final class LocalNetwork implements AutoCloseable {
    private static final String PIN_PREFIX = "net-";

    private final OverlayBridge bridge;
    private final Ipv4 underlay;
    private final Optional<VipTable> vips;
    /** Addresses that sandboxes of this node hold. */
    private final Set<Ipv4> local = new TreeSet<>();

    private final Leftovers leftovers = new Leftovers();

    private NetworkTables tables;
    private NetworkNames names;
    /** Whether all of the tables is in force. */
    private boolean whole;

    private Balance<Ipv4> balance = Balance.empty();
    private Set<Ipv4> gone = Set.of();
    /** Null: unknown, to be read from the kernel. */
    private @Nullable ForwardingState inForce;

    private LocalNetwork(OverlayBridge bridge, NetworkTables tables, Ipv4 underlay) {
        this.bridge = bridge;
        this.tables = tables;
        this.names = NetworkNames.of(tables);
        this.underlay = underlay;
        this.vips = tables.ingress()
                ? Optional.empty()
                : Optional.of(new VipTable(bridge.namespace().call(Nftables::open)));
    }

    /** Adopts what is pinned, or makes it. */
    static LocalNetwork open(
            NetworkTables tables, int mtu, OverlayBridge.Underlay underlay, NamespacePins pins, HostLinks host) {
        var shape = new OverlayBridge.Shape(tables.network().getVni(), tables.nodeAddress(), mtu, tables.ingress());
        var pin = PIN_PREFIX + tables.id();
        if (pins.names().contains(pin)) {
            if (OverlayBridge.complete(pins, pin)) {
                return new LocalNetwork(OverlayBridge.adopt(pins, pin, shape), tables, underlay.address());
            }
            OverlayBridge.remove(pins, pin);
        }
        var bridge = OverlayBridge.create(pins, pin, shape, underlay, host.socket());
        return new LocalNetwork(bridge, tables, underlay.address());
    }

    /** Removes what is pinned of a network that nobody has open. */
    static void remove(NamespacePins pins, String id) {
        OverlayBridge.remove(pins, PIN_PREFIX + id);
    }

    /** The ids of the networks that are pinned. */
    static List<String> pinned(NamespacePins pins) {
        return pins.names().stream()
                .filter(pin -> pin.startsWith(PIN_PREFIX))
                .map(pin -> pin.substring(PIN_PREFIX.length()))
                .toList();
    }

    NetworkTables tables() {
        return tables;
    }

    OverlayBridge bridge() {
        return bridge;
    }

    boolean holds(Ipv4 address) {
        return local.contains(address);
    }

    boolean idle() {
        return local.isEmpty();
    }

    /** Whether tables can be put into force without making the network anew. */
    boolean fits(NetworkTables next) {
        return next.network().getVni() == bridge.shape().vni()
                && next.ingress() == bridge.shape().ingress()
                && next.nodeAddress().equals(bridge.shape().nodeAddress());
    }

    /** A sandbox that was there before this daemon holds this address. */
    void adopt(Ipv4 address) {
        bridge.hold(address);
        local.add(address);
    }

    /** Removes the ports of sandboxes that are no more. */
    void sweep() {
        if (!leftovers.any()) {
            return;
        }
        var plugged = bridge.plugged();
        plugged.removeAll(local);
        leftovers.due(plugged).forEach(bridge::unplug);
    }

    void program(NetworkTables next) {
        gone = Set.of();
        if (whole && next.equals(tables)) {
            return;
        }
        whole = false;
        var before = addresses(tables);
        before.removeAll(addresses(next));
        gone = before;
        tables = next;
        forward();
        balance = balance.follow(ServicePlan.vips(tables));
        translate();
        if (!gone.isEmpty() && vips.isPresent()) {
            bridge.namespace().call(() -> Connections.forgetDatagrams(gone));
        }
        names = NetworkNames.of(tables);
        whole = true;
    }

    NetworkNames names() {
        return names;
    }

    /** Addresses that no task has any more since the last call of {@link #program}. */
    Set<Ipv4> gone() {
        return gone;
    }

    private static Set<Ipv4> addresses(NetworkTables tables) {
        var addresses = new TreeSet<Ipv4>();
        for (var endpoint : tables.endpoints().values()) {
            addresses.add(Subnet.parse(endpoint.getAddress()).address());
        }
        return addresses;
    }

    void plug(Ipv4 address, PeerEnd container) {
        boolean was = whole;
        whole = false;
        bridge.plug(address, container);
        if (inForce != null) {
            inForce.remotes().remove(address);
        }
        local.add(address);
        translate();
        whole = was;
    }

    /** The address is free; the port goes with the sandbox's namespace, or else when the sweep finds it. */
    void unplug(Ipv4 address) {
        boolean was = whole;
        whole = false;
        local.remove(address);
        leftovers.expect();
        bridge.withdraw(address);
        translate();
        forward();
        whole = was;
    }

    private void forward() {
        var before = inForce == null ? bridge.observe() : inForce;
        var desired = ForwardingState.desired(tables, underlay, local);
        inForce = null;
        bridge.apply(before.stepsTo(desired));
        inForce = desired;
    }

    private void translate() {
        vips.ifPresent(
                table -> table.apply(new VipTable.State(tables.nodeAddress().address(), balance, Set.copyOf(local))));
    }

    @Override
    public void close() {
        vips.ifPresent(VipTable::close);
        bridge.close();
    }
}
