package dev.muster.faults;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** Managers in memory with one state, which keep all promises but the one that they are told to break, now and then. Any thread. */
final class LyingStores implements Managers {
    /** What is wrong with them. */
    enum Lie {
        NONE,
        /** A create is acknowledged and not done. */
        LOSES_A_CREATE,
        /** An update is acknowledged and undone a little later. */
        FORGETS_AN_UPDATE,
        /** One manager reads from a state that is a few writes old. */
        READS_STALE,
        /** An update is done again after somebody else's. */
        APPLIES_TWICE,
        /** What is told as failed was done. */
        FAILS_AND_DOES_IT,
        /** An update whose version does not fit is done nevertheless. */
        IGNORES_VERSIONS,
        /** A removed config comes back. */
        RESURRECTS,
        /** In the end one manager shows one config less. */
        ONE_MANAGER_LACKS_ONE,
        /** In the end a config is there twice. */
        SHOWS_ONE_TWICE
    }

    /** Of every so many occasions one is used for a lie. */
    private static final int OCCASION = 7;

    private final Lie lie;
    private final List<ConfigStore> stores;
    private final Map<String, StoredConfig> configs = new TreeMap<>();
    private final Map<String, StoredConfig> stale = new HashMap<>();
    private final List<StoredConfig> later = new ArrayList<>();
    private long version = 100;
    private int occasions;
    private int calls;

    LyingStores(int count, Lie lie) {
        this.lie = lie;
        this.stores = IntStream.rangeClosed(1, count)
                .mapToObj(i -> (ConfigStore) new Store(i))
                .toList();
    }

    @Override
    public List<ConfigStore> stores() {
        return stores;
    }

    @Override
    public OptionalInt leader() {
        return OptionalInt.of(1);
    }

    @Override
    public void assertWhole() {}

    private boolean lieNow(Lie which) {
        return lie == which && ++occasions % OCCASION == 0;
    }

    private StoredConfig put(String name, String id, String value) {
        var config = new StoredConfig(name, id, ++version, value);
        configs.put(name, config);
        return config;
    }

    /** Among honest answers there are such as real managers give under faults. */
    private Optional<Answer> trouble(Runnable doing) {
        int call = ++calls % 50;
        if (call == 11) {
            return Optional.of(new Answer.Unknown("lost, not done"));
        }
        if (call == 23) {
            doing.run();
            return Optional.of(new Answer.Unknown("lost, done"));
        }
        if (call == 37) {
            if (lie == Lie.FAILS_AND_DOES_IT) {
                doing.run();
            }
            return Optional.of(new Answer.Failed("no leader"));
        }
        return Optional.empty();
    }

    private void whatComesLater() {
        if (later.size() > 3) {
            var config = later.removeFirst();
            if (configs.containsKey(config.name()) != (lie == Lie.RESURRECTS)) {
                put(config.name(), config.id(), config.value());
            }
        }
    }

    private final class Store implements ConfigStore {
        private final int number;

        private Store(int number) {
            this.number = number;
        }

        @Override
        public Answer create(String name, String value) {
            synchronized (LyingStores.this) {
                whatComesLater();
                return trouble(() -> doCreate(name, value)).orElseGet(() -> doCreate(name, value));
            }
        }

        private Answer doCreate(String name, String value) {
            if (configs.containsKey(name)) {
                return new Answer.Exists();
            }
            if (lieNow(Lie.LOSES_A_CREATE)) {
                return new Answer.Written(new StoredConfig(name, "id" + version, ++version, value));
            }
            return new Answer.Written(put(name, "id" + version, value));
        }

        @Override
        public Answer read(String name) {
            synchronized (LyingStores.this) {
                var config = number == 1 && lieNow(Lie.READS_STALE) && stale.containsKey(name)
                        ? stale.get(name)
                        : configs.get(name);
                return config == null ? new Answer.Missing() : new Answer.Found(config);
            }
        }

        @Override
        public Answer update(String name, long expected, String value) {
            synchronized (LyingStores.this) {
                whatComesLater();
                return trouble(() -> doUpdate(name, expected, value)).orElseGet(() -> doUpdate(name, expected, value));
            }
        }

        private Answer doUpdate(String name, long expected, String value) {
            var before = configs.get(name);
            if (before == null) {
                return new Answer.Missing();
            }
            if (before.version() != expected && !lieNow(Lie.IGNORES_VERSIONS)) {
                return new Answer.OutOfSequence();
            }
            stale.put(name, before);
            var after = put(name, before.id(), value);
            if (lieNow(Lie.APPLIES_TWICE)) {
                later.add(after);
            }
            if (lieNow(Lie.FORGETS_AN_UPDATE)) {
                configs.put(name, before);
            }
            return new Answer.Written(after);
        }

        @Override
        public Answer remove(String name) {
            synchronized (LyingStores.this) {
                return trouble(() -> configs.remove(name)).orElseGet(() -> {
                    var before = configs.remove(name);
                    if (before != null && lie == Lie.RESURRECTS) {
                        later.add(before);
                    }
                    return before == null ? new Answer.Missing() : new Answer.Removed();
                });
            }
        }

        @Override
        public List<StoredConfig> list(String prefix) throws IOException {
            synchronized (LyingStores.this) {
                Predicate<StoredConfig> shown = config -> config.name().startsWith(prefix);
                var all =
                        new ArrayList<>(configs.values().stream().filter(shown).toList());
                if (number == 2 && lie == Lie.ONE_MANAGER_LACKS_ONE) {
                    all.removeLast();
                }
                if (lie == Lie.SHOWS_ONE_TWICE) {
                    var last = all.getLast();
                    all.add(new StoredConfig(last.name(), "another", last.version(), last.value()));
                }
                return all;
            }
        }
    }
}
