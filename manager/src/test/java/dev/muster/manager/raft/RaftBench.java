package dev.muster.manager.raft;

import com.google.protobuf.ByteString;
import dev.muster.api.Annotations;
import dev.muster.api.ChangeSet;
import dev.muster.api.Config;
import dev.muster.api.ConfigSpec;
import dev.muster.manager.raft.TestManagers.Manager;
import dev.muster.manager.state.ChangeSetBuilder;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * What the replicated log takes: durable changes per second of one writer and of many, beside this disk's own fsync, and how fast a
 * new manager gets a large state. Managers of one process: TLS, Raft and disk are real, the network is loopback.
 *
 * <p>{@code RaftBench DIRECTORY [MEBIBYTES]}: works in the directory, which must be on the disk to be measured; the state that the
 * new manager gets has so many MiB (500).
 */
public final class RaftBench {
    private static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");
    private static final int ENTRY_BYTES = 512;
    private static final int FSYNCS = 1_000;
    private static final int MANY_WRITERS = 64;
    private static final Duration WARM_UP = Duration.ofSeconds(4);
    private static final Duration MEASURED = Duration.ofSeconds(5);
    private static final int OBJECT_BYTES = 900 * 1024;

    /** Entries between snapshots: that the catch-up below takes the one of the whole state. */
    private static final long SNAPSHOT_ENTRIES = 100_000;

    private final LongSupplier nanoClock;
    private final PrintStream out;
    private final AtomicInteger made = new AtomicInteger();

    private RaftBench(LongSupplier nanoClock, PrintStream out) {
        this.nanoClock = nanoClock;
        this.out = out;
    }

    public static void main(String[] args) throws Exception {
        if (args.length < 1 || args.length > 2) {
            System.err.println("usage: RaftBench DIRECTORY [MEBIBYTES]");
            System.exit(2);
        }
        Path directory = Path.of(args[0]);
        int mebibytes = args.length > 1 ? Integer.parseInt(args[1]) : 500;
        var bench = new RaftBench(System::nanoTime, System.out);
        double fsync = bench.fsync(directory);
        bench.writers(directory.resolve("one"), 1, fsync);
        bench.writers(directory.resolve("three"), 3, fsync);
        bench.catchUp(directory.resolve("late"), mebibytes);
        System.exit(0);
    }

    /** The least a durable commit can take: an append of a typical entry and its way to the disk. Median seconds. */
    private double fsync(Path directory) throws IOException {
        Files.createDirectories(directory);
        Path file = directory.resolve("fsync");
        long[] nanos = new long[FSYNCS];
        try (var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            // As a log segment is: its blocks are there before they are written.
            channel.write(ByteBuffer.allocate(FSYNCS * ENTRY_BYTES));
            channel.force(true);
            channel.position(0);
            for (int i = 0; i < FSYNCS; i++) {
                long begin = nanoClock.getAsLong();
                channel.write(ByteBuffer.allocate(ENTRY_BYTES));
                channel.force(false);
                nanos[i] = nanoClock.getAsLong() - begin;
            }
        }
        Files.delete(file);
        Arrays.sort(nanos);
        figure("fsync.p50", nanos[FSYNCS / 2] / 1e6, "ms", ENTRY_BYTES + " bytes");
        figure("fsync.p99", nanos[FSYNCS * 99 / 100] / 1e6, "ms", ENTRY_BYTES + " bytes");
        return nanos[FSYNCS / 2] / 1e9;
    }

    private void writers(Path directory, int members, double fsync) throws InterruptedException {
        try (var managers = new TestManagers(directory, SNAPSHOT_ENTRIES)) {
            Manager leader = group(managers, members);
            String group = members == 1 ? "1 manager" : members + " managers";
            for (int writers : new int[] {1, MANY_WRITERS}) {
                run(leader, writers, WARM_UP);
                List<Long> nanos = run(leader, writers, MEASURED);
                String name = "raft." + members + ".writers." + writers;
                figure(name + ".rate", nanos.size() / (double) MEASURED.toSeconds(), "changes/s", group);
                figure(name + ".p50", nanos.get(nanos.size() / 2) / 1e6, "ms", group);
                figure(name + ".p99", nanos.get(nanos.size() * 99 / 100) / 1e6, "ms", group);
                if (writers == 1) {
                    figure("ratio." + name, nanos.get(nanos.size() / 2) / 1e9 / fsync, "x", "p50 / fsync p50");
                }
            }
        }
    }

    private static Manager group(TestManagers managers, int members) {
        Manager first = managers.start("n1");
        TestManagers.await("leading", first::leads);
        for (int i = 2; i <= members; i++) {
            join(managers, first, "n" + i);
        }
        return first;
    }

    private static Manager join(TestManagers managers, Manager leader, String id) {
        Manager joining = managers.startJoining(id, leader);
        leader.raft().addMember(TestManagers.member(id), managers.address(id));
        return joining;
    }

    /** Each writer proposes one change after the other. How long each took, in order of length. */
    private List<Long> run(Manager leader, int writers, Duration length) throws InterruptedException {
        long end = nanoClock.getAsLong() + length.toNanos();
        List<Long> all = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < writers; i++) {
            threads.add(Thread.ofVirtual().start(() -> {
                List<Long> own = new ArrayList<>();
                for (long begin = nanoClock.getAsLong(); begin < end; ) {
                    accept(leader, create(ENTRY_BYTES - 100));
                    long now = nanoClock.getAsLong();
                    own.add(now - begin);
                    begin = now;
                }
                synchronized (all) {
                    all.addAll(own);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        return all.stream().sorted().toList();
    }

    /** From "be a member" to having all that the leader has, while a writer goes on; and the writer's longest wait meanwhile. */
    private void catchUp(Path directory, int mebibytes) throws InterruptedException {
        try (var managers = new TestManagers(directory, Math.max(10, mebibytes / 4))) {
            Manager leader = group(managers, 1);
            long bytes = 0;
            while (bytes < mebibytes * 1024L * 1024) {
                accept(leader, create(OBJECT_BYTES));
                bytes += OBJECT_BYTES;
            }
            var longest = new AtomicInteger();
            var done = new AtomicBoolean();
            Thread writer = Thread.ofVirtual().start(() -> {
                while (!done.get()) {
                    long begin = nanoClock.getAsLong();
                    accept(leader, create(10));
                    longest.accumulateAndGet((int) ((nanoClock.getAsLong() - begin) / 1_000), Math::max);
                    LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
                }
            });
            long begin = nanoClock.getAsLong();
            Manager late = join(managers, leader, "late");
            String last = "c" + made.get();
            while (late.states().current().config(last).isEmpty()) {
                LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
            }
            double seconds = (nanoClock.getAsLong() - begin) / 1e9;
            done.set(true);
            writer.join();
            figure("catch-up.rate", mebibytes / seconds, "MiB/s", mebibytes + " MiB of state, sealed, over TLS");
            figure("catch-up.longest-write", longest.get() / 1e3, "ms", "at the leader meanwhile");
        }
    }

    private static void accept(Manager leader, ChangeSet change) {
        var result = leader.raft().propose(change);
        if (!result.accepted()) {
            throw new IllegalStateException(result.message());
        }
    }

    private ChangeSet create(int bytes) {
        String id = "c" + made.incrementAndGet();
        return new ChangeSetBuilder(AT, "bench")
                .create(Config.newBuilder()
                        .setId(id)
                        .setSpec(ConfigSpec.newBuilder()
                                .setAnnotations(Annotations.newBuilder().setName(id))
                                .setData(ByteString.copyFrom(new byte[bytes])))
                        .build())
                .build();
    }

    private void figure(String name, double value, String unit, String context) {
        out.printf(Locale.ROOT, "%s\t%.3f\t%s\t%s%n", name, value, unit, context);
    }
}
