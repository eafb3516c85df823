package dev.muster.manager.simulation.faults;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A connection from a client to a server, as TCP makes it: what one end sends arrives in order and once, or the link
 * breaks, of which both ends learn. What was under way then is lost, and no end knows whether it arrived.
 */
final class Link {
    /** How long it takes to try again what did not get through. */
    private static final Duration RETRY = Duration.ofMillis(300);

    /** The longest silence that a connection outlives: about what keepalive allows. */
    private static final Duration PATIENCE = Duration.ofSeconds(9);

    /** How long it takes at most to notice the end. */
    private static final Duration NOTICE = Duration.ofMillis(50);

    private final Network network;
    private final Timeline timeline;
    private final Host client;
    private final Host server;
    private final Direction up;
    private final Direction down;
    private boolean broken;
    private Runnable clientLearns = () -> {};
    private Runnable serverLearns = () -> {};

    Link(Network network, Timeline timeline, Host client, Host server) {
        this.network = network;
        this.timeline = timeline;
        this.client = client;
        this.server = server;
        this.up = new Direction(client, server);
        this.down = new Direction(server, client);
    }

    Host server() {
        return server;
    }

    Network network() {
        return network;
    }

    boolean broken() {
        return broken;
    }

    boolean touches(Host host) {
        return host == client || host == server;
    }

    void onBreakAtClient(Runnable action) {
        clientLearns = action;
    }

    void onBreakAtServer(Runnable action) {
        serverLearns = action;
    }

    void toServer(Runnable arrival) {
        up.send(arrival);
    }

    void toClient(Runnable arrival) {
        down.send(arrival);
    }

    void breakUp() {
        if (!broken) {
            broken = true;
            client.afterAtMost(NOTICE, clientLearns);
            server.afterAtMost(NOTICE, serverLearns);
        }
    }

    private final class Direction {
        private final Host from;
        private final Host to;
        private final Deque<Runnable> waiting = new ArrayDeque<>();
        private Duration stalled = Duration.ZERO;
        private boolean moving;

        private Direction(Host from, Host to) {
            this.from = from;
            this.to = to;
        }

        private void send(Runnable arrival) {
            if (!broken) {
                waiting.add(arrival);
                move(network.delay());
            }
        }

        private void move(Duration delay) {
            if (!moving) {
                moving = true;
                timeline.after(delay, this::arrive);
            }
        }

        private void arrive() {
            moving = false;
            if (broken || waiting.isEmpty()) {
                return;
            }
            if (!to.up()) {
                breakUp();
            } else if (network.blocks(from, to) || network.blocks(to, from)) {
                stalled = stalled.plus(RETRY);
                if (stalled.compareTo(PATIENCE) > 0) {
                    breakUp();
                } else {
                    move(RETRY);
                }
            } else {
                stalled = Duration.ZERO;
                to.after(Duration.ZERO, waiting.removeFirst());
                if (!waiting.isEmpty()) {
                    move(Duration.ofNanos(50_000));
                }
            }
        }
    }
}
