package dev.muster.net;

import dev.muster.api.NetworkAttachment;
import dev.muster.net.dns.DnsServer;
import dev.muster.net.dns.HostResolvers;
import dev.muster.net.dns.NetworkNames;
import dev.muster.net.dns.SandboxView;
import dev.muster.net.lb.NftablesException;
import dev.muster.net.link.KernelException;
import dev.muster.net.link.NamespacePins;
import dev.muster.net.link.NetworkNamespace;
import dev.muster.net.link.OverlayBridge;
import dev.muster.net.plan.Ipv4;
import dev.muster.net.plan.NetworkTables;
import dev.muster.net.plan.Subnet;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * This node's half of every overlay network: one per daemon. Everything it makes lives in the kernel and outlives it;
 * {@link #open} adopts what is there. Thread-safe: changes run one at a time.
 */
public final class Overlay implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Overlay.class.getName());

    /** What VXLAN adds to a packet: outer Ethernet, IPv4, UDP and VXLAN headers (RFC 7348). */
    private static final int VXLAN_OVERHEAD = 50;

    private final ReentrantLock lock = new ReentrantLock();
    private final NetworkNamespace hostNamespace;
    private final NamespacePins pins;
    private final SandboxRecords records;
    private final OverlayBridge.Underlay underlay;
    private final HostSide host;
    private final SandboxBuilder builder;
    private final Map<String, LocalNetwork> networks = new TreeMap<>();
    private final SortedMap<String, SandboxRecord> sandboxes = new TreeMap<>();
    private final HostResolvers resolvers;
    private final DnsServer dns;
    private SortedSet<Ipv4> entries = new TreeSet<>();
    private boolean programmed;

    private Overlay(
            OverlayConfig config,
            NetworkNamespace hostNamespace,
            HostSide host,
            LongSupplier nanoClock,
            RandomGenerator random) {
        this.hostNamespace = hostNamespace;
        this.host = host;
        this.pins = new NamespacePins(pins(config));
        this.records = new SandboxRecords(config.stateDir());
        this.underlay = new OverlayBridge.Underlay(Ipv4.parse(config.underlayAddress()), config.vxlanPort());
        this.builder = new SandboxBuilder(pins, host, networks);
        this.resolvers = new HostResolvers(config.resolvConf());
        this.dns = DnsServer.start(hostNamespace, nanoClock, random, resolvers::servers);
    }

    /**
     * Adopts what an earlier daemon left, and listens for the sandboxes' DNS queries again. Names are answered from the
     * first {@link #program} on.
     *
     * @param nanoClock monotonic, nanoseconds
     * @param random for DNS query ids: must not be guessable
     * @throws OverlayException if the host lacks what is needed; {@link #preflight} tells all of it at once
     */
    public static Overlay open(OverlayConfig config, LongSupplier nanoClock, RandomGenerator random) {
        return translated(() -> {
            var namespace = config.hostNetns().map(NetworkNamespace::open).orElseGet(NetworkNamespace::ofThisProcess);
            HostSide host;
            try {
                host = HostSide.open(config, namespace);
            } catch (RuntimeException e) {
                namespace.close();
                throw e;
            }
            var overlay = new Overlay(config, namespace, host, nanoClock, random);
            try {
                overlay.adopt();
                return overlay;
            } catch (RuntimeException e) {
                overlay.close();
                throw e;
            }
        });
    }

    private void adopt() {
        pins.prepare();
        var pinned = pins.names();
        records.load().forEach((id, record) -> {
            if (pinned.contains(SandboxBuilder.PIN_PREFIX + id)) {
                var sockets = builder.listen(record);
                var present = record.withDnsPorts(sockets.udpPort(), sockets.tcpPort());
                if (!present.equals(record)) {
                    records.put(present);
                }
                sandboxes.put(id, present);
                dns.serve(id, sockets, view(present));
                record.egress().ifPresent(address -> host.publish(record.hostPorts(), address));
            } else {
                records.remove(id);
            }
        });
        for (var pin : pinned) {
            if (pin.startsWith(SandboxBuilder.PIN_PREFIX)
                    && !sandboxes.containsKey(pin.substring(SandboxBuilder.PIN_PREFIX.length()))) {
                pins.remove(pin);
            }
        }
    }

    /**
     * Makes the kernel's tables and the DNS what {@code tables} say; returns when they are in force. Costs what has
     * changed since the last call, not what there is.
     *
     * @throws OverlayException if the kernel refuses part of it; the rest is in force, and the next call tries again
     */
    public void program(OverlayTables tables) {
        var indexed = NetworkTables.index(tables.networks(), tables.peers(), tables.endpoints(), tables.services());
        var problems = new ArrayList<>(indexed.problems());
        lock.lock();
        try {
            var desired = indexed.byId();
            drop(desired);
            for (var network : desired.values()) {
                attempt(problems, "network " + network.name(), () -> program(network));
            }
            attempt(
                    problems,
                    "routing mesh",
                    () -> host.program(networks.values().stream()
                            .filter(network -> network.tables().ingress())
                            .findFirst()));
            welcome(problems);
            attempt(problems, "leftovers", this::sweep);
            programmed = true;
            var names = new HashMap<String, NetworkNames>();
            networks.forEach((id, network) -> names.put(id, network.names()));
            dns.names(names);
        } finally {
            lock.unlock();
        }
        if (!problems.isEmpty()) {
            throw OverlayException.temporary("not all networks are in force: " + String.join("; ", problems));
        }
    }

    private void program(NetworkTables tables) {
        var present = networks.get(tables.id());
        if (present != null && !present.fits(tables)) {
            if (!present.idle()) {
                throw OverlayException.temporary(
                        "its identifier or this node's address has changed while containers are on it");
            }
            destroy(tables.id());
            present = null;
        }
        if (present == null) {
            present = LocalNetwork.open(tables, host.mtu() - VXLAN_OVERHEAD, underlay, pins, host.links());
            networks.put(tables.id(), present);
            for (var record : sandboxes.values()) {
                for (var attachment : record.spec().attachments()) {
                    if (attachment.getNetworkId().equals(tables.id())) {
                        present.adopt(Subnet.parse(attachment.getAddress()).address());
                    }
                }
            }
        }
        present.program(tables);
    }

    /** Networks that this node has no part in any more; one that a container is still on stays until it leaves. */
    private void drop(SortedMap<String, NetworkTables> desired) {
        var inUse = sandboxes.values().stream()
                .flatMap(record -> record.spec().attachments().stream())
                .map(NetworkAttachment::getNetworkId)
                .collect(Collectors.toSet());
        for (var id : LocalNetwork.pinned(pins)) {
            if (!desired.containsKey(id) && !inUse.contains(id)) {
                destroy(id);
            }
        }
    }

    private void destroy(String id) {
        var network = networks.remove(id);
        if (network != null) {
            network.close();
        }
        LocalNetwork.remove(pins, id);
    }

    /** Tells the sandboxes about hosts that came and went; at first, all of their tables are written anew. */
    private void welcome(List<String> problems) {
        var current = networks.values().stream()
                .map(LocalNetwork::tables)
                .filter(NetworkTables::ingress)
                .findFirst()
                .map(SandboxBuilder::entries)
                .orElseGet(TreeSet::new);
        boolean news = !current.equals(entries);
        int before = problems.size();
        for (var record : sandboxes.values()) {
            attempt(problems, "sandbox " + record.spec().id(), () -> {
                if (!programmed) {
                    builder.rewrite(record);
                } else if (news) {
                    builder.welcome(record);
                }
            });
        }
        entries = problems.size() == before ? current : new TreeSet<>();
    }

    private void sweep() {
        networks.values().forEach(LocalNetwork::sweep);
        host.sweep(egressAddresses());
    }

    private Set<Ipv4> egressAddresses() {
        return sandboxes.values().stream()
                .flatMap(record -> record.egress().stream())
                .collect(Collectors.toSet());
    }

    /**
     * Gives a container its network; for an id that has one already, returns it without touching it.
     *
     * @throws OverlayException if a network is not programmed, or a host port is taken
     */
    public Sandbox attach(SandboxSpec spec) {
        lock.lock();
        try {
            var present = sandboxes.get(spec.id());
            if (present != null) {
                return describe(present);
            }
            if (!programmed) {
                throw OverlayException.temporary("no tables have been programmed yet");
            }
            return translated(() -> build(spec));
        } finally {
            lock.unlock();
        }
    }

    private Sandbox build(SandboxSpec spec) {
        builder.check(spec);
        Optional<Ipv4> egress =
                builder.reachesOutside(spec) ? Optional.of(host.chooseEgress(egressAddresses())) : Optional.empty();
        var hostPorts = host.bind(spec.hostPorts());
        var sockets = builder.build(spec, egress);
        var record = new SandboxRecord(spec, egress, hostPorts, sockets.udpPort(), sockets.tcpPort());
        try {
            if (!hostPorts.isEmpty()) {
                host.publish(hostPorts, egress.orElseThrow());
                host.apply();
            }
            records.put(record);
        } catch (RuntimeException e) {
            sockets.close();
            host.unpublish(hostPorts);
            builder.remove(record);
            throw e;
        }
        sandboxes.put(spec.id(), record);
        dns.serve(spec.id(), sockets, view(record));
        return describe(record);
    }

    /** Removes everything of a sandbox; nothing happens if there is none. */
    public void detach(String id) {
        lock.lock();
        try {
            var record = sandboxes.remove(id);
            if (record == null) {
                return;
            }
            translated(() -> {
                dns.drop(id);
                if (!record.hostPorts().isEmpty()) {
                    host.unpublish(record.hostPorts());
                    host.apply();
                }
                builder.remove(record);
                records.remove(id);
                return true;
            });
        } finally {
            lock.unlock();
        }
    }

    /** The ids of those present. */
    public Set<String> sandboxes() {
        lock.lock();
        try {
            return Set.copyOf(sandboxes.keySet());
        } finally {
            lock.unlock();
        }
    }

    /** Stops answering DNS; containers keep their networks. */
    @Override
    public void close() {
        lock.lock();
        try {
            dns.close();
            networks.values().forEach(LocalNetwork::close);
            networks.clear();
            host.close();
            hostNamespace.close();
        } finally {
            lock.unlock();
        }
    }

    private Sandbox describe(SandboxRecord record) {
        return SandboxDescription.sandbox(record, netns(record), resolvers.current());
    }

    private SandboxView view(SandboxRecord record) {
        return SandboxDescription.view(record, netns(record));
    }

    private Path netns(SandboxRecord record) {
        return pins.path(SandboxBuilder.PIN_PREFIX + record.spec().id());
    }

    private static void attempt(List<String> problems, String what, Runnable step) {
        try {
            step.run();
        } catch (KernelException | NftablesException | OverlayException | UncheckedIOException e) {
            LOG.log(System.Logger.Level.WARNING, what, e);
            problems.add(what + ": " + e.getMessage());
        }
    }

    private static <T> T translated(Supplier<T> body) {
        try {
            return body.get();
        } catch (KernelException e) {
            throw e.temporary()
                    ? OverlayException.temporary(String.valueOf(e.getMessage()), e)
                    : OverlayException.fatal(String.valueOf(e.getMessage()), e);
        } catch (NftablesException | UncheckedIOException e) {
            throw OverlayException.temporary(String.valueOf(e.getMessage()), e);
        }
    }

    /** What the host lacks, after trying to load kernel modules and to set what may be set; empty: all is well. */
    public static List<PreflightFinding> preflight(OverlayConfig config) {
        return Preflight.of(config);
    }

    /** Removes everything that any overlay with this configuration has made. None may be open. */
    public static void destroyAll(OverlayConfig config) {
        translated(() -> {
            try (var host = config.hostNetns().map(NetworkNamespace::open).orElseGet(NetworkNamespace::ofThisProcess)) {
                HostSide.remove(config, host);
            }
            var pins = new NamespacePins(pins(config));
            LocalNetwork.pinned(pins).forEach(id -> LocalNetwork.remove(pins, id));
            pins.destroy();
            new SandboxRecords(config.stateDir()).destroy();
            return true;
        });
    }

    static Path pins(OverlayConfig config) {
        return config.runDir().resolve("netns");
    }
}
