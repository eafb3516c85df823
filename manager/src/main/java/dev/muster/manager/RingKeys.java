package dev.muster.manager;

import dev.muster.api.DataKey;
import dev.muster.manager.membership.DataKeys;
import dev.muster.manager.raft.KeyRing;
import dev.muster.manager.raft.RaftNode;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/** The data keys in this manager's key ring. */
record RingKeys(KeyRing ring, RaftNode raft, RandomGenerator random) implements DataKeys {
    @Override
    public List<DataKey> keys() {
        return ring.keys();
    }

    @Override
    public String active() {
        return ring.active();
    }

    @Override
    public DataKey make() {
        var key = KeyRing.newKey(random);
        ring.add(List.of(key));
        return key;
    }

    @Override
    public void keep(Collection<DataKey> keys) {
        ring.add(keys);
    }

    @Override
    public Set<String> needed() {
        return raft.neededKeys();
    }
}
