package dev.muster.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What containers and changes cost; prints the figures, and fails only where they are out of all proportion. */
final class CostKernelTest {
    private static final int CONTAINERS = 40;

    @Test
    void attachingAContainerToTwoNetworksCostsMilliseconds() {
        try (var cluster = new ThreeHosts()) {
            for (int i = 0; i < CONTAINERS; i++) {
                for (var network : List.of("front", "back")) {
                    cluster.tables.task(network, "t" + i, "s1", "a", ThreeHosts.address(network, 20 + i), true);
                }
            }
            cluster.program();
            var overlay = cluster.overlays.get("a");
            var attach = new double[CONTAINERS];
            var detach = new double[CONTAINERS];
            for (int i = 0; i < CONTAINERS; i++) {
                var spec = new SandboxSpec(
                        "t" + i,
                        "t" + i,
                        List.of(
                                ClusterTables.attachment("front", ThreeHosts.address("front", 20 + i)),
                                ClusterTables.attachment("back", ThreeHosts.address("back", 20 + i))),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        false);
                long start = System.nanoTime();
                overlay.attach(spec);
                attach[i] = (System.nanoTime() - start) / 1e6;
            }
            for (int i = 0; i < CONTAINERS; i++) {
                long start = System.nanoTime();
                overlay.detach("t" + i);
                detach[i] = (System.nanoTime() - start) / 1e6;
            }
            System.out.printf("attach: %s%ndetach: %s%n", summary(attach), summary(detach));
            assertThat(median(attach)).isLessThan(150);
            assertThat(overlay.sandboxes()).isEmpty();
        }
    }

    @Test
    void oneChangeCostsTheSameHoweverMuchThereIs() {
        try (var cluster = new ThreeHosts()) {
            int services = 500;
            for (int s = 0; s < services; s++) {
                cluster.tables.service(
                        "big", "s" + s, "service" + s, "10.64." + (128 + s / 250) + "." + s % 250, List.of());
                for (int t = 0; t < 10; t++) {
                    int host = s * 10 + t;
                    cluster.tables.task(
                            "big",
                            "t" + host,
                            "s" + s,
                            "b",
                            "10.64." + (1 + host / 250) + "." + host % 250 + "/16",
                            true);
                }
            }
            cluster.tables.network("big", 5000, false, false).member("big", "a", "10.64.255.1/16");
            var overlay = cluster.overlays.get("a");
            var all = cluster.tables.of("a");
            double first = millis(() -> overlay.program(all));
            double idle = millis(() -> overlay.program(all));
            var change = new double[10];
            for (int i = 0; i < change.length; i++) {
                cluster.tables.task("big", "t77", "s7", "b", "10.64.1.77/16", i % 2 == 1);
                var tables = cluster.tables.of("a");
                change[i] = millis(() -> overlay.program(tables));
            }
            System.out.printf(
                    "5000 tasks, 500 services: first %.0f ms, nothing changed %.1f ms, one task: %s%n",
                    first, idle, summary(change));
            assertThat(median(change)).isLessThan(500);
        }
    }

    private static double millis(Runnable action) {
        long start = System.nanoTime();
        action.run();
        return (System.nanoTime() - start) / 1e6;
    }

    private static double median(double[] millis) {
        var sorted = millis.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static String summary(double[] millis) {
        var sorted = millis.clone();
        Arrays.sort(sorted);
        return String.format(
                "first %.1f ms, median %.1f ms, 90 %% %.1f ms, max %.1f ms",
                millis[0], median(millis), sorted[sorted.length * 9 / 10], sorted[sorted.length - 1]);
    }
}
