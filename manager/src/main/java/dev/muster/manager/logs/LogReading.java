package dev.muster.manager.logs;

import dev.muster.api.LogOptions;
import dev.muster.api.NodeState;
import dev.muster.api.PublishRequest;
import dev.muster.api.ServiceLogsResponse;
import dev.muster.api.Timestamps;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStates;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One reader at work: asks the nodes, hands on what they send, and gives up on those that cannot be heard. Every wait has
 * a bound. One thread.
 */
final class LogReading implements AutoCloseable {
    /** An agent that has lost its connection is back by then, if it comes back soon at all. */
    static final Duration CONNECT_BOUND = Duration.ofSeconds(5);

    /** A node that reads a log from disk finds a line, or the end, sooner. */
    static final Duration SILENCE_BOUND = Duration.ofSeconds(15);

    /** How often a node that breaks off is asked to go on, without a line from it in between. */
    private static final int MOST_BREAKS = 3;

    private static final Duration PULSE = Duration.ofSeconds(2);
    private static final Duration POLL = Duration.ofMillis(250);
    private static final String INCOMPLETE =
            "warning: incomplete log stream. some logs could not be retrieved for the following reasons: ";

    private final LogBroker broker;
    private final LogSubscription subscription;
    private final ClusterStates states;
    private final ClusterStates.Subscription updates;
    private final LongSupplier nanoTime;
    private final LogBroker.Sink sink;
    private final Map<String, Progress> nodes = new TreeMap<>();
    private final Set<NodeFeed> feeds = new HashSet<>();
    private final List<String> problems = new ArrayList<>();
    private long lastSentNanos;

    /** How far a node is. */
    private enum Step {
        /** It is not connected, or is to be asked again. */
        WAITING,
        /** It knows what to send. */
        ASKED,
        /** It has sent all it has. */
        DONE,
        /** Given up, unless it comes back while the reader still follows. */
        MISSING
    }

    /** What is known of one node. */
    private static final class Progress {
        private Step step = Step.WAITING;
        private long sinceNanos;
        private int breaks;
        private @Nullable AgentLink link;
        private @Nullable Instant lastLine;

        private Progress(long sinceNanos) {
            this.sinceNanos = sinceNanos;
        }

        private void move(Step to, long nowNanos) {
            step = to;
            sinceNanos = nowNanos;
        }
    }

    LogReading(
            LogBroker broker,
            LogSubscription subscription,
            ClusterStates states,
            LongSupplier nanoTime,
            LogBroker.Sink sink) {
        this.broker = broker;
        this.subscription = subscription;
        this.states = states;
        this.updates = states.subscribe();
        this.nanoTime = nanoTime;
        this.sink = sink;
        this.lastSentNanos = nanoTime.getAsLong();
    }

    void run() throws IOException, InterruptedException {
        join(updates.seen());
        while (!over()) {
            updates.poll()
                    .filter(update -> LogTargets.affected(
                            update.touched(), subscription.begin().getSelector()))
                    .ifPresent(update -> join(update.after()));
            for (var entry : nodes.entrySet()) {
                advance(entry.getKey(), entry.getValue());
            }
            if (options().getFollow()) {
                warn();
            }
            if (!over()) {
                var event = subscription.poll(POLL.toNanos());
                if (event.isPresent()) {
                    handle(event.get());
                } else if (since(lastSentNanos).compareTo(PULSE) >= 0) {
                    send(ServiceLogsResponse.getDefaultInstance());
                }
            }
        }
        if (subscription.ended()) {
            problems.add("the manager lost its leadership");
        }
        warn();
    }

    @Override
    public void close() {
        updates.close();
        nodes.forEach((nodeId, progress) -> {
            if (progress.step == Step.ASKED) {
                broker.agent(nodeId).ifPresent(agent -> agent.send(subscription.close()));
            }
        });
        feeds.forEach(NodeFeed::end);
    }

    private boolean over() {
        return subscription.ended() || (!options().getFollow() && allSettled());
    }

    private boolean allSettled() {
        return nodes.values().stream()
                .allMatch(progress -> progress.step == Step.DONE || progress.step == Step.MISSING);
    }

    private void join(ClusterState state) {
        long now = nanoTime.getAsLong();
        for (var nodeId : LogTargets.nodes(state, subscription.begin().getSelector())) {
            nodes.computeIfAbsent(nodeId, _ -> new Progress(now));
        }
    }

    private void advance(String nodeId, Progress progress) {
        var agent = broker.agent(nodeId);
        if (progress.step == Step.ASKED && !agent.equals(Optional.ofNullable(progress.link))) {
            progress.move(Step.WAITING, nanoTime.getAsLong());
        }
        switch (progress.step) {
            case WAITING -> {
                if (agent.isPresent()) {
                    ask(progress, agent.get());
                } else if (isDown(nodeId) || since(progress.sinceNanos).compareTo(CONNECT_BOUND) >= 0) {
                    miss(nodeId, progress, "node " + name(nodeId) + " is not available");
                }
            }
            case ASKED -> {
                if (!options().getFollow() && since(progress.sinceNanos).compareTo(SILENCE_BOUND) >= 0) {
                    miss(nodeId, progress, "node " + name(nodeId) + " does not answer");
                }
            }
            case MISSING, DONE -> {
                boolean returned = agent.isPresent() && !agent.equals(Optional.ofNullable(progress.link));
                if (options().getFollow() && returned) {
                    progress.breaks = 0;
                    ask(progress, agent.get());
                }
            }
        }
    }

    /** Asks for all, or after a break for what came after the last line that was handed on. */
    private void ask(Progress progress, AgentLink agent) {
        progress.link = agent;
        progress.move(Step.ASKED, nanoTime.getAsLong());
        var message = subscription.begin();
        if (progress.lastLine != null) {
            var rest = options().toBuilder().clearTail().setSince(Timestamps.of(progress.lastLine.plusNanos(1)));
            message = message.toBuilder().setOptions(rest).build();
        }
        agent.send(message);
    }

    private void handle(NodeFeed.Event event) throws IOException {
        switch (event) {
            case NodeFeed.Sent(var nodeId, var feed, var request) -> {
                var progress = nodes.get(nodeId);
                if (progress == null) {
                    feed.end();
                } else {
                    feeds.add(feed);
                    took(nodeId, progress, feed, request);
                }
            }
            case NodeFeed.Over(var nodeId, var feed, var why) -> {
                boolean known = feeds.remove(feed);
                var progress = nodes.get(nodeId);
                if (known && progress != null && progress.step == Step.ASKED) {
                    brokeOff(nodeId, progress, why);
                }
            }
            case NodeFeed.Changed _ -> {}
        }
    }

    private void took(String nodeId, Progress progress, NodeFeed feed, PublishRequest request) throws IOException {
        if (request.getMessagesCount() > 0) {
            send(ServiceLogsResponse.newBuilder()
                    .addAllMessages(request.getMessagesList())
                    .build());
            progress.breaks = 0;
            for (var message : request.getMessagesList()) {
                var time = Timestamps.instant(message.getTimestamp());
                if (progress.lastLine == null || time.isAfter(progress.lastLine)) {
                    progress.lastLine = time;
                }
            }
        }
        if (!request.getError().isEmpty()) {
            problems.add("node " + name(nodeId) + ": " + request.getError());
        }
        progress.sinceNanos = nanoTime.getAsLong();
        if (request.getDone()) {
            progress.move(Step.DONE, nanoTime.getAsLong());
            feeds.remove(feed);
            feed.end();
        } else {
            feed.grant();
        }
    }

    private void brokeOff(String nodeId, Progress progress, String why) {
        progress.breaks++;
        if (progress.breaks > MOST_BREAKS) {
            miss(nodeId, progress, "node " + name(nodeId) + " broke off: " + why);
        } else {
            progress.move(Step.WAITING, nanoTime.getAsLong());
        }
    }

    private void miss(String nodeId, Progress progress, String problem) {
        progress.move(Step.MISSING, nanoTime.getAsLong());
        progress.link = broker.agent(nodeId).orElse(null);
        problems.add(problem);
    }

    private void warn() throws IOException {
        if (!problems.isEmpty()) {
            var warning = INCOMPLETE + String.join(", ", problems);
            problems.clear();
            send(ServiceLogsResponse.newBuilder().setWarning(warning).build());
        }
    }

    private void send(ServiceLogsResponse response) throws IOException {
        sink.send(response);
        lastSentNanos = nanoTime.getAsLong();
    }

    private LogOptions options() {
        return subscription.begin().getOptions();
    }

    private boolean isDown(String nodeId) {
        return states.current()
                .node(nodeId)
                .map(node -> node.getStatus().getState() == NodeState.NODE_DOWN)
                .orElse(true);
    }

    private String name(String nodeId) {
        return LogBroker.name(states.current(), nodeId);
    }

    private Duration since(long nanos) {
        return Duration.ofNanos(nanoTime.getAsLong() - nanos);
    }
}
