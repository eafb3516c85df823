package dev.muster.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * Entry of the benchmarks: {@code BenchMain start SOCKET=IMAGE CONTAINERD ROUNDS [OTHER-SOCKET=IMAGE]…}. The first endpoint is
 * Muster's, its containerd gives the baseline; further ones speak the Docker API.
 */
public final class BenchMain {
    private BenchMain() {}

    public static void main(String[] args) throws Exception {
        if (args.length < 4 || !args[0].equals("start")) {
            System.err.println("usage: BenchMain start SOCKET=IMAGE CONTAINERD ROUNDS [OTHER-SOCKET=IMAGE]...");
            System.exit(2);
        }
        int rounds = Integer.parseInt(args[3]);
        List<Endpoint> endpoints = new ArrayList<>();
        String[] own = args[1].split("=", 2);
        endpoints.add(new MusterEndpoint("muster", new UnixHttp(Path.of(own[0])), own[1]));
        for (int i = 4; i < args.length; i++) {
            String[] other = args[i].split("=", 2);
            endpoints.add(new DockerEndpoint(
                    String.format(Locale.ROOT, "other%s", args.length > 5 ? "" + (i - 3) : ""),
                    new UnixHttp(Path.of(other[0])),
                    other.length > 1 ? other[1] : own[1]));
        }
        Map<Integer, Double> baseline = baseline(endpoints.getFirst(), Path.of(args[2]), rounds);
        new StartBench(System::nanoTime, System.out).run(endpoints, baseline, rounds);
    }

    /** Copies a container of a service that runs on every node, so that the named containerd has one. */
    private static Map<Integer, Double> baseline(Endpoint muster, Path containerd, int rounds) throws Exception {
        int nodes = 6;
        muster.create("model", nodes);
        while (muster.running("model", "1") < nodes) {
            LockSupport.parkNanos(20_000_000);
        }
        try (var bare = new ContainerdBaseline(containerd, System::nanoTime)) {
            return bare.measure(List.of(1, 10, 20), rounds);
        } finally {
            muster.remove("model");
            while (muster.alive("model") > 0) {
                LockSupport.parkNanos(20_000_000);
            }
        }
    }
}
