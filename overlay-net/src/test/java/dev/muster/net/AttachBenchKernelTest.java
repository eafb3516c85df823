package dev.muster.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a container's network costs; prints the figures, and fails only where they are out of all proportion. */
final class AttachBenchKernelTest {
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
