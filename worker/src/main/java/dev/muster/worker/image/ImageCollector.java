package dev.muster.worker.image;

import dev.muster.containerd.images.Image;
import dev.muster.worker.runtime.containerd.ContainerdClient;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Removes images that no container uses and nobody has wanted for a while; containerd's garbage collector then frees
 * their layers. One pass per call; no thread of its own.
 */
public final class ImageCollector {

    /** Bounds what one pass does, so that it never holds the disk for long. */
    private static final int REMOVALS_PER_PASS = 50;

    private final ContainerdClient client;
    private final ImageRecords records;

    ImageCollector(ContainerdClient client, ImageRecords records) {
        this.client = client;
        this.records = records;
    }

    /**
     * Makes one pass.
     *
     * @param inUse the names (of {@code ImageHandle}) that containers use, and those that tasks here are about to
     * @param grace how long an unused image stays
     * @return the names removed
     */
    public List<String> collect(Set<String> inUse, Duration grace) {
        List<Image> all = records.all();
        Set<String> digestsInUse = new HashSet<>();
        for (Image each : all) {
            if (inUse.contains(each.getName())) {
                digestsInUse.add(each.getTarget().getDigest());
            }
        }
        Instant before = records.now().minus(grace);
        List<String> removed = new ArrayList<>();
        for (Image each : all) {
            boolean unused = !digestsInUse.contains(each.getTarget().getDigest())
                    && lastUse(each).isBefore(before);
            if (unused && removed.size() < REMOVALS_PER_PASS) {
                records.remove(each.getName(), false);
                removed.add(each.getName());
            }
        }
        if (!removed.isEmpty()) {
            collectNow();
        }
        return removed;
    }

    /** Removing a lease with "sync" is containerd's way to run its collector and wait for it. */
    private void collectNow() {
        String lease = records.openLease();
        client.callUnlessGone(
                "collect garbage",
                () -> client.leases()
                        .delete(dev.muster.containerd.leases.DeleteRequest.newBuilder()
                                .setId(lease)
                                .setSync(true)
                                .build()));
    }

    private static Instant lastUse(Image image) {
        try {
            return Instant.parse(image.getLabelsOrDefault(ImageRecords.LAST_USED, ""));
        } catch (DateTimeParseException e) {
            return Instant.ofEpochSecond(image.getUpdatedAt().getSeconds());
        }
    }
}
