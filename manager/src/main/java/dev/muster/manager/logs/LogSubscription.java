package dev.muster.manager.logs;

import dev.muster.api.LogOptions;
import dev.muster.api.LogSelector;
import dev.muster.api.SubscriptionMessage;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What one reader asked of the nodes, and what they have sent that it has not taken yet. The queue is bounded by what
 * nodes were granted, a few requests each. Any thread adds, the reader takes.
 */
final class LogSubscription {
    private final SubscriptionMessage message;
    private final LinkedBlockingQueue<NodeFeed.Event> events = new LinkedBlockingQueue<>();
    private final AtomicBoolean ended = new AtomicBoolean();

    LogSubscription(String id, LogSelector selector, LogOptions options) {
        this.message = SubscriptionMessage.newBuilder()
                .setId(id)
                .setSelector(selector)
                .setOptions(options)
                .build();
    }

    String id() {
        return message.getId();
    }

    /** What nodes are told at the beginning. */
    SubscriptionMessage begin() {
        return message;
    }

    SubscriptionMessage close() {
        return SubscriptionMessage.newBuilder().setId(id()).setClose(true).build();
    }

    void add(NodeFeed.Event event) {
        events.add(event);
    }

    Optional<NodeFeed.Event> poll(long nanos) throws InterruptedException {
        return Optional.ofNullable(events.poll(nanos, TimeUnit.NANOSECONDS));
    }

    /** This manager leads no more: agents have gone elsewhere. */
    void end() {
        ended.set(true);
        events.add(new NodeFeed.Changed());
    }

    boolean ended() {
        return ended.get();
    }
}
