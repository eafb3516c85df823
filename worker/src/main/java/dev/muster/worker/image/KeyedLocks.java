package dev.muster.worker.image;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;

/** One holder at a time per key; keys that nobody holds or waits for take no space. Thread safe. */
final class KeyedLocks {

    private static final class Entry {
        final Semaphore free = new Semaphore(1, true);
        int users;
    }

    /** Releases what was locked. */
    @FunctionalInterface
    interface Held extends AutoCloseable {
        @Override
        void close();
    }

    private final Map<String, Entry> entries = new HashMap<>();

    Held lock(String key) throws InterruptedException {
        Entry entry;
        synchronized (entries) {
            entry = entries.computeIfAbsent(key, each -> new Entry());
            entry.users++;
        }
        try {
            entry.free.acquire();
        } catch (InterruptedException e) {
            leave(key, entry);
            throw e;
        }
        return () -> {
            entry.free.release();
            leave(key, entry);
        };
    }

    private void leave(String key, Entry entry) {
        synchronized (entries) {
            entry.users--;
            if (entry.users == 0) {
                entries.remove(key);
            }
        }
    }
}
