package dev.muster.manager.raft;

import dev.muster.manager.state.ProposalResult;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Keeps a leader from filling its disk to the end: a log that cannot be written ends the manager, so nothing new is taken
 * before it comes to that. What is on its way fits into the reserve, and so do elections. Asked for each proposal, which costs
 * microseconds: when there is room again, writing goes on. Any thread.
 */
final class DiskRoom {
    /** What may wait for the log (64 MB), and half as much for Raft's own entries and segments begun ahead. */
    static final long RESERVE_BYTES = 96L * 1024 * 1024;

    private static final long MEGABYTE = 1024 * 1024;

    private final Path directory;
    private final LongSupplier free;

    private DiskRoom(Path directory, LongSupplier free) {
        this.directory = directory;
        this.free = free;
    }

    /** Of the file system that holds the directory. */
    static DiskRoom of(Path directory) {
        var file = directory.toFile();
        return new DiskRoom(directory, file::getUsableSpace);
    }

    /** For tests of what is not about disks. */
    static DiskRoom boundless() {
        return new DiskRoom(Path.of(""), () -> Long.MAX_VALUE);
    }

    /** Why nothing can be written; empty if it can. */
    Optional<ProposalResult> refusal() {
        long now = free.getAsLong();
        return now >= RESERVE_BYTES
                ? Optional.empty()
                : Optional.of(
                        new ProposalResult.Refused("the leader's disk is full: " + directory + " has " + now / MEGABYTE
                                + " MB left, and the last " + RESERVE_BYTES / MEGABYTE
                                + " MB are kept so that the log stays whole;"
                                + " nothing is changed until there is room again, containers and reads go on"));
    }
}
