package dev.muster.guide;

import dev.muster.cluster.Background;
import dev.muster.cluster.TestCluster;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/** Counts the processes of a kind on all hosts, some times a second, as long as it is open. */
final class Census implements AutoCloseable {
    private final List<Background> counters = new ArrayList<>();

    private Census() {}

    /**
     * Begins to count.
     *
     * @param command how the command line of such a process begins
     */
    static Census of(TestCluster cluster, String command) {
        Census census = new Census();
        for (int host : Guide.hosts()) {
            census.counters.add(cluster.typeInBackground(
                    host, "while :; do echo \"$(date +%s%N) $(pgrep -fc '^" + command + "')\"; sleep 0.1; done"));
        }
        return census;
    }

    /** How many there were on all hosts together, one number for each count on one of them, in the order of time. */
    List<Integer> totals() {
        TreeMap<Long, int[]> counts = new TreeMap<>();
        for (int i = 0; i < counters.size(); i++) {
            String out = counters.get(i).out();
            for (String line :
                    out.substring(0, out.lastIndexOf('\n') + 1).lines().toList()) {
                String[] words = line.split(" ", 2);
                counts.put(Long.parseLong(words[0]), new int[] {i, Integer.parseInt(words[1])});
            }
        }
        int[] latest = new int[counters.size()];
        Arrays.fill(latest, -1);
        List<Integer> totals = new ArrayList<>();
        counts.forEach((time, count) -> {
            latest[count[0]] = count[1];
            if (Arrays.stream(latest).allMatch(n -> n >= 0)) {
                totals.add(Arrays.stream(latest).sum());
            }
        });
        return totals;
    }

    @Override
    public void close() {
        counters.forEach(Background::close);
    }
}
