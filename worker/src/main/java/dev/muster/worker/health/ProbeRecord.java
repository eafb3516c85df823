package dev.muster.worker.health;

import java.time.Instant;

/**
 * One probe that is over, as users see it.
 *
 * @param exitCode -1 if it was not started, or took too long
 * @param output its first part
 */
public record ProbeRecord(Instant start, Instant end, int exitCode, String output) {}
