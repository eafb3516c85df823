package dev.muster.manager.control;

import dev.muster.api.LogOptions;
import dev.muster.api.LogSelector;
import dev.muster.api.ServiceLogsResponse;
import java.io.IOException;

/** Where the logs of tasks come from. A boundary: the composition root gives the log broker, tests a list. */
@FunctionalInterface
public interface LogSource {
    /** Takes log messages as they come; may be slow, and the source waits for it. */
    @FunctionalInterface
    interface Sink {
        /**
         * Takes one response.
         *
         * @throws IOException when the reader has gone: reading ends
         */
        void send(ServiceLogsResponse response) throws IOException;
    }

    /**
     * Reads until every node has sent all it has, or for ever if the options say follow. The selector names objects by
     * id. Ends with a warning that names the nodes whose logs are missing. While nothing comes, an empty response is sent
     * now and then: the only way to notice that the reader has gone. Ends early if the thread is interrupted.
     */
    void read(LogSelector selector, LogOptions options, Sink sink) throws IOException;
}
