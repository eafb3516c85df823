package dev.muster.faults;

import java.io.IOException;
import java.util.List;

/**
 * The configs of a cluster through one of its managers. A boundary: a real manager's socket is behind it, in the harness' own tests
 * a store in memory that can be told to lie. Any thread; calls block, but not for ever.
 */
interface ConfigStore {
    Answer create(String name, String value);

    Answer read(String name);

    Answer update(String name, long version, String value);

    Answer remove(String name);

    /**
     * All configs whose names begin so.
     *
     * @throws IOException if the manager does not say
     */
    List<StoredConfig> list(String prefix) throws IOException;
}
