package dev.muster.manager.membership;

import dev.muster.api.DataKey;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/** The keys that open log and snapshots, as this manager has them. A boundary: a file is behind it. Any thread. */
public interface DataKeys {
    List<DataKey> keys();

    /** The id of the one that seals now. */
    String active();

    /** A new one, which is on the disk when this returns. */
    DataKey make();

    /** Keeps keys of other managers; they are on the disk when this returns. */
    void keep(Collection<DataKey> keys);

    /** The ids of those that this manager's log and snapshots may name. */
    Set<String> needed();
}
