package dev.muster.worker.log;

/** Takes log lines one by one. */
@FunctionalInterface
public interface LogSink {

    /** May block: the reader waits. Returning false ends the reading. */
    boolean accept(LogLine line) throws InterruptedException;
}
