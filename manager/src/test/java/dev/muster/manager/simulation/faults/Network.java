package dev.muster.manager.simulation.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * What lies between hosts. A datagram takes its time, and may be lost, doubled or overtaken; a {@link Link} keeps order
 * and breaks instead. Any two hosts may be cut off from each other, also in one direction only.
 */
final class Network {
    private final Timeline timeline;
    private final SplittableRandom random;
    private final Set<Pair> blocked = new HashSet<>();
    private final List<Link> links = new ArrayList<>();
    private Weather weather = Weather.FAIR;

    private record Pair(String from, String to) {}

    /**
     * How well it works.
     *
     * @param slowest of the delays of ordinary messages
     * @param loss of datagrams, from 0 to 1
     * @param doubling of datagrams and calls, from 0 to 1
     */
    record Weather(Duration slowest, double loss, double doubling) {
        static final Weather FAIR = new Weather(Duration.ofMillis(4), 0, 0);
        static final Weather ROUGH = new Weather(Duration.ofMillis(60), 0.02, 0.1);
        static final Weather FOUL = new Weather(Duration.ofMillis(400), 0.1, 0.2);
    }

    Network(Timeline timeline, SplittableRandom random) {
        this.timeline = timeline;
        this.random = random;
    }

    void weather(Weather now) {
        weather = now;
    }

    void block(Host from, Host to) {
        blocked.add(new Pair(from.name(), to.name()));
    }

    void heal() {
        blocked.clear();
        weather = Weather.FAIR;
    }

    /** Whether nothing from the one reaches the other. */
    boolean blocks(Host from, Host to) {
        return blocked.contains(new Pair(from.name(), to.name()));
    }

    /** Takes a message to another host, perhaps. */
    void send(Host from, Host to, Runnable arrival) {
        int copies = random.nextDouble() < weather.doubling() ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            if (random.nextDouble() >= weather.loss()) {
                to.after(delay(), () -> {
                    if (!blocks(from, to)) {
                        arrival.run();
                    }
                });
            }
        }
    }

    Link connect(Host client, Host server) {
        links.removeIf(Link::broken);
        var link = new Link(this, timeline, client, server);
        links.add(link);
        return link;
    }

    /** The other ends of its links notice soon. */
    void died(Host host) {
        List.copyOf(links).stream().filter(link -> link.touches(host)).forEach(Link::breakUp);
    }

    /** One of the links breaks, if there are any. */
    void breakOne() {
        links.removeIf(Link::broken);
        if (!links.isEmpty()) {
            links.get(random.nextInt(links.size())).breakUp();
        }
    }

    boolean doubles() {
        return random.nextDouble() < weather.doubling();
    }

    Duration delay() {
        return Duration.ofNanos(100_000 + random.nextLong(weather.slowest().toNanos()));
    }
}
