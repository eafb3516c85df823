package dev.muster.net.lb;

import dev.muster.api.PortProtocol;
import dev.muster.net.plan.Balance;
import dev.muster.net.plan.Ipv4;
import dev.muster.net.plan.PublishedPort;
import dev.muster.net.plan.Slots;
import dev.muster.net.plan.Subnet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** What nftables and the kernel behind it can do, and what others have set up with it. */
public final class NftablesProbe {
    private static final Ipv4 SAMPLE = Ipv4.parse("10.0.0.2");
    private static final Pattern TABLE = Pattern.compile("table (\\S+) (\\S+) \\{");
    private static final Pattern CHAIN = Pattern.compile("chain (\\S+) \\{");
    private static final Pattern DROPPING = Pattern.compile("type filter hook (input|forward) .*policy drop.*");

    private NftablesProbe() {}

    /** A base chain of somebody else's that drops what it does not know. */
    public record DroppingChain(String family, String table, String chain, String hook) {}

    /** Writes one of each table of ours, in the namespace of the calling thread, which should be a scratch one. */
    public static Optional<String> problem() {
        try (var nftables = Nftables.open()) {
            var slots = new Slots(List.of(SAMPLE), 0);
            nftables.run(VipTable.whole(
                    new VipTable.State(SAMPLE, new Balance<>(new TreeMap<>(Map.of(SAMPLE, slots))), Set.of(SAMPLE))));
            var mesh = new TreeMap<PublishedPort, Slots>();
            mesh.put(new PublishedPort(PortProtocol.PROTOCOL_TCP, 80), slots);
            nftables.run(HostTable.whole(
                    "muster-probe",
                    new HostTable.State("lo", new Subnet(SAMPLE, 24), "lo", new Balance<>(mesh), new TreeMap<>())));
            nftables.run(SandboxTable.whole(
                    1, 1, Optional.of(new SandboxTable.Ingress("lo", "lo", SAMPLE, new TreeSet<>(Set.of(SAMPLE))))));
            return Optional.empty();
        } catch (NftablesException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /** Foreign base chains that drop packets for the host or through it, in the namespace of the calling thread. */
    public static List<DroppingChain> dropping() {
        var found = new ArrayList<DroppingChain>();
        try (var nftables = Nftables.open()) {
            var family = "";
            var table = "";
            var chain = "";
            for (var line : nftables.run("list chains").split("\n", -1)) {
                var text = line.strip();
                var tableLine = TABLE.matcher(text);
                var chainLine = CHAIN.matcher(text);
                var dropping = DROPPING.matcher(text);
                if (tableLine.matches()) {
                    family = tableLine.group(1);
                    table = tableLine.group(2);
                } else if (chainLine.matches()) {
                    chain = chainLine.group(1);
                } else if (dropping.matches() && !table.startsWith("muster")) {
                    found.add(new DroppingChain(family, table, chain, dropping.group(1)));
                }
            }
        }
        return found;
    }
}
