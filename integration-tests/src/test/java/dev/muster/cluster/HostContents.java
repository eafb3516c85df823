package dev.muster.cluster;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * How much of what containers need there is on a host, by kind: processes, mounts, namespaces, links, rules, cgroups, files.
 * What a node keeps for itself is there in the same number with and without containers; only the bridge that leads out of the
 * host comes with the first container and stays.
 */
public record HostContents(Map<String, Long> counts) {
    private static final String LOOK = """
        count() { printf '%s %d\\n' "$1" "$(grep -c .)"; }
        pgrep -f '[c]ontainerd-shim-runc' | count shims
        ctr -a /run/muster/containerd.sock -n muster containers ls -q | count containers
        ctr -a /run/muster/containerd.sock -n muster snapshots ls | awk '$3 == "Active"' | count writable-snapshots
        grep -E ' (overlay|tmpfs) .*(muster|containerd)' /proc/self/mounts | count mounts
        find /run/muster/network/netns -type f | count namespaces
        find /run/muster/secrets -mindepth 1 | count secrets
        ip -br link | grep -v '^mu-egress' | count links
        nft list ruleset | count nftables-lines
        for network in /run/muster/network/netns/net-*; do
            nsenter --net="$network" sh -c 'ip -br link; nft list ruleset'
        done 2>/dev/null | count in-networks
        find /sys/fs/cgroup -type d -path '*/GROUP/containers/*' | count cgroups
        """;

    /** Looks at a host. */
    public static HostContents of(TestCluster cluster, int host) {
        Map<String, Long> counts = new TreeMap<>();
        cluster.type(host, LOOK.replace("GROUP", cluster.variable("MUSTER_NODE_" + host + "_CGROUP")))
                .lines()
                .forEach(line -> {
                    String[] words = line.split(" ", 2);
                    counts.put(words[0], Long.parseLong(words[1]));
                });
        return new HostContents(counts);
    }

    /** The kinds of which there is more here than there. */
    public Set<String> moreThan(HostContents other) {
        Set<String> kinds = new TreeSet<>();
        counts.forEach((kind, count) -> {
            if (count > other.counts.getOrDefault(kind, 0L)) {
                kinds.add(kind);
            }
        });
        return kinds;
    }
}
