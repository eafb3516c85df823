package dev.muster.manager.peer;

import dev.muster.api.ControlGrpc;
import dev.muster.api.LogOptions;
import dev.muster.api.LogSelector;
import dev.muster.api.ServiceLogsRequest;
import dev.muster.api.ServiceLogsResponse;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.util.Iterator;
import java.util.Optional;

/** Reads logs at the leader, where agents send them. Any thread; blocks. */
public final class LeaderLogs {
    private final LeaderLink link;

    /** Takes log messages as they come. */
    @FunctionalInterface
    public interface Sink {
        /**
         * Hands on what has come.
         *
         * @throws IOException when the reader has gone: reading ends
         */
        void send(ServiceLogsResponse response) throws IOException;
    }

    public LeaderLogs(LeaderLink link) {
        this.link = link;
    }

    /**
     * Reads until all is read or the thread is interrupted. False, with nothing sent, if no other manager is known to
     * lead. A leader that goes away in the middle ends the reading with a warning: what was sent is not sent again.
     *
     * @throws IOException from the sink
     */
    public boolean read(LogSelector selector, LogOptions options, Sink sink) throws IOException {
        var channel = link.channel();
        if (channel.isEmpty()) {
            return false;
        }
        var request = ServiceLogsRequest.newBuilder()
                .setSelector(selector)
                .setOptions(options)
                .build();
        var context = Context.current().withCancellation();
        var outer = context.attach();
        try {
            var responses = ControlGrpc.newBlockingStub(channel.get()).serviceLogs(request);
            var next = next(responses);
            while (next.isPresent()) {
                sink.send(next.get());
                next = next(responses);
            }
        } catch (StatusRuntimeException e) {
            if (!Thread.currentThread().isInterrupted()) {
                sink.send(ServiceLogsResponse.newBuilder()
                        .setWarning("the logs end here: the leading manager that sends them is gone ("
                                + e.getStatus().getCode() + ")")
                        .build());
            }
        } finally {
            context.detach(outer);
            context.cancel(null);
        }
        return true;
    }

    private static Optional<ServiceLogsResponse> next(Iterator<ServiceLogsResponse> responses) {
        return responses.hasNext() ? Optional.of(responses.next()) : Optional.empty();
    }
}
