package dev.muster.manager.placement;

import dev.muster.api.GenericResource;
import dev.muster.api.Node;
import dev.muster.api.Resources;
import java.util.List;
import java.util.Optional;

/** What a node has beyond what its active tasks have reserved. Mutable, one thread. */
public final class FreeResources {
    private long nanoCpus;
    private long memoryBytes;
    private final GenericPool generic;

    private FreeResources(long nanoCpus, long memoryBytes, GenericPool generic) {
        this.nanoCpus = nanoCpus;
        this.memoryBytes = memoryBytes;
        this.generic = generic;
    }

    /** All that the node has. */
    public static FreeResources of(Node node) {
        var total = node.getDescription().getResources();
        return new FreeResources(total.getNanoCpus(), total.getMemoryBytes(), new GenericPool(total.getGenericList()));
    }

    /** Takes out cpus and memory that are reserved already. May go below zero: a node can shrink. */
    public void take(long reservedNanoCpus, long reservedMemoryBytes) {
        nanoCpus -= reservedNanoCpus;
        memoryBytes -= reservedMemoryBytes;
    }

    /** Takes out generic resources that a task holds. */
    public void takeGeneric(List<GenericResource> held) {
        generic.take(held);
    }

    /** Whether the reservation fits. What is not reserved never counts, however little is left of it. */
    public boolean covers(Resources reserved) {
        return (reserved.getNanoCpus() <= 0 || reserved.getNanoCpus() <= nanoCpus)
                && (reserved.getMemoryBytes() <= 0 || reserved.getMemoryBytes() <= memoryBytes)
                && generic.covers(reserved.getGenericList());
    }

    /** Reserves, and answers the generic resources that the task gets; empty, and nothing taken, if it does not fit. */
    public Optional<List<GenericResource>> claim(Resources reserved) {
        if (!covers(reserved)) {
            return Optional.empty();
        }
        take(reserved.getNanoCpus(), reserved.getMemoryBytes());
        return generic.claim(reserved.getGenericList());
    }
}
