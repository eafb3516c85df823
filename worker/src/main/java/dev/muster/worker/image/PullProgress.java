package dev.muster.worker.image;

/** Hears how a pull goes on. Called from several threads, often; must be quick. */
@FunctionalInterface
public interface PullProgress {

    /** Where one layer is. */
    enum Phase {
        PRESENT,
        DOWNLOADING,
        DOWNLOADED,
        UNPACKED
    }

    /**
     * One layer has come so far.
     *
     * @param layer digest of the layer's blob
     * @param doneBytes downloaded so far, of {@code totalBytes}
     */
    void layer(String layer, Phase phase, long doneBytes, long totalBytes);

    static PullProgress ignored() {
        return (layer, phase, doneBytes, totalBytes) -> {};
    }
}
