package dev.muster.worker.log;

import dev.muster.api.LogStream;
import java.time.Instant;

/**
 * One line as a container wrote it.
 *
 * @param text with its newline, unless it is a part of a line over 16 KiB, or the end of what was written
 */
public record LogLine(Instant time, LogStream stream, String text) {}
