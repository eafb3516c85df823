package dev.muster.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Clients of every manager, which write and read configs at a bounded rate until they are stopped. Two kinds of configs: such that
 * are created once and looked for again, and a few that all clients fight over, with updates, removals and new creates; the latter
 * are replaced by new ones after a while, so that no history gets too long to judge. Each client is a virtual thread.
 */
final class Load {
    /** Few enough that clients meet, enough that most updates are not in vain. */
    private static final int FOUGHT_OVER = 6;

    /** Calls for all that are fought over, until they are replaced: about a hundred for each. */
    private static final int CALLS_OF_A_GENERATION = 600;

    private static final int REMEMBERED = 64;

    /**
     * @param clientsOfAManager at each manager
     * @param callsOfAClient after so many calls a client ends by itself
     * @param pauseMin between two calls of a client
     * @param pauseMax likewise
     */
    record Shape(int clientsOfAManager, long callsOfAClient, Duration pauseMin, Duration pauseMax) {
        /** About a hundred and fifty calls a second through five managers, until it is stopped. */
        static final Shape STANDARD = new Shape(2, Long.MAX_VALUE, Duration.ofMillis(20), Duration.ofMillis(90));
    }

    private final List<? extends ConfigStore> managers;
    private final String prefix;
    private final Shape shape;
    private final History history;
    private final LongSupplier nanoTime;
    private final List<Thread> clients = new ArrayList<>();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final AtomicLong values = new AtomicLong();
    private final AtomicLong fights = new AtomicLong();
    private final List<String> created = new ArrayList<>();
    private final AtomicReference<@Nullable RuntimeException> broken = new AtomicReference<>();

    /**
     * @param managers numbered from 1
     * @param prefix of the names of all configs that it makes
     */
    Load(
            List<? extends ConfigStore> managers,
            String prefix,
            Shape shape,
            History history,
            LongSupplier nanoTime,
            RandomGenerator.SplittableGenerator random) {
        this.managers = List.copyOf(managers);
        this.prefix = prefix;
        this.shape = shape;
        this.history = history;
        this.nanoTime = nanoTime;
        for (int manager = 1; manager <= managers.size(); manager++) {
            for (int i = 0; i < shape.clientsOfAManager(); i++) {
                var client = new Client(manager, random.split());
                clients.add(Thread.ofVirtual().unstarted(client));
            }
        }
    }

    void start() {
        clients.forEach(Thread::start);
    }

    /** Ends after the calls that are on their way. */
    void stop() throws InterruptedException {
        stopped.countDown();
        await();
    }

    /** Returns when every client has made all its calls. */
    void await() throws InterruptedException {
        for (var client : clients) {
            client.join();
        }
        var failure = broken.get();
        if (failure != null) {
            throw new IllegalStateException("a client broke: " + failure, failure);
        }
    }

    private void remember(String name, RandomGenerator random) {
        synchronized (created) {
            if (created.size() < REMEMBERED) {
                created.add(name);
            } else {
                created.set(random.nextInt(REMEMBERED), name);
            }
        }
    }

    private Optional<String> remembered(RandomGenerator random) {
        synchronized (created) {
            return created.isEmpty() ? Optional.empty() : Optional.of(created.get(random.nextInt(created.size())));
        }
    }

    private String foughtOver(RandomGenerator random) {
        long generation = fights.getAndIncrement() / CALLS_OF_A_GENERATION;
        return prefix + "fight-" + generation + "-" + random.nextInt(FOUGHT_OVER);
    }

    private String newValue() {
        return "v" + values.incrementAndGet();
    }

    /** One user of one manager. */
    private final class Client implements Runnable {
        private final int manager;
        private final ConfigStore store;
        private final RandomGenerator random;

        /** What it saw last: sometimes it writes on the ground of that. */
        private final Map<String, StoredConfig> seen = new HashMap<>();

        private Client(int manager, RandomGenerator random) {
            this.manager = manager;
            this.store = managers.get(manager - 1);
            this.random = random;
        }

        @Override
        public void run() {
            try {
                for (long calls = 0; calls < shape.callsOfAClient(); calls++) {
                    act();
                    long pause = random.nextLong(
                            shape.pauseMin().toNanos(), shape.pauseMax().toNanos() + 1);
                    if (stopped.getCount() == 0 || stopped.await(pause, TimeUnit.NANOSECONDS)) {
                        return;
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                broken.set(e);
            }
        }

        private void act() {
            int what = random.nextInt(100);
            if (what < 30) {
                create(prefix + "once-" + newValue());
            } else if (what < 45) {
                remembered(random).ifPresent(this::read);
            } else if (what < 65) {
                read(foughtOver(random));
            } else if (what < 91) {
                var name = foughtOver(random);
                read(name);
                update(name);
            } else if (what < 97) {
                update(foughtOver(random));
            } else {
                remove(foughtOver(random));
            }
        }

        private Answer record(String name, ConfigCall call, Supplier<Answer> doing) {
            long invoked = nanoTime.getAsLong();
            var answer = doing.get();
            history.add(name, new ConfigOperation(manager, call, answer), invoked, nanoTime.getAsLong());
            return answer;
        }

        private void create(String name) {
            var value = newValue();
            var answer = record(name, new ConfigCall.Create(value), () -> store.create(name, value));
            if (answer instanceof Answer.Written && name.startsWith(prefix + "once-")) {
                remember(name, random);
            }
        }

        private void read(String name) {
            var answer = record(name, new ConfigCall.Read(), () -> store.read(name));
            if (!name.startsWith(prefix + "fight-")) {
                return;
            }
            switch (answer) {
                case Answer.Found(StoredConfig config) -> seen.put(name, config);
                case Answer.Missing() -> seen.remove(name);
                default -> {
                    // Nothing was seen.
                }
            }
            if (seen.size() > 4 * FOUGHT_OVER) {
                seen.clear();
            }
        }

        /** By what it saw last, or makes it. */
        private void update(String name) {
            var before = seen.get(name);
            if (before == null) {
                create(name);
                return;
            }
            var value = newValue();
            record(
                    name,
                    new ConfigCall.Update(before.value(), value),
                    () -> store.update(name, before.version(), value));
        }

        private void remove(String name) {
            record(name, new ConfigCall.Remove(), () -> store.remove(name));
        }
    }
}
