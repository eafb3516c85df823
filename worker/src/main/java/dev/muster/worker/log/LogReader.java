package dev.muster.worker.log;

/** Reads a container's log. */
public interface LogReader {

    /**
     * Hands the wanted lines to the sink, in the order in which they were stamped. With follow it goes on until the
     * container has ended and all its lines are handed over, or until the calling thread is interrupted.
     *
     * @throws LogFailure if there is no such log, or its driver cannot be read
     */
    void read(String containerId, LogQuery query, LogSink sink) throws InterruptedException;
}
