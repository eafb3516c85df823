package dev.muster.manager.simulation.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** What goes wrong: one thing after the other, until everything is healed. */
final class Mishaps {
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(9);
    private static final Duration LONGEST_OUTAGE = Duration.ofSeconds(25);
    private static final Duration LONGEST_SUSPENSION = Duration.ofSeconds(12);

    /** More than the delays of restarts and the bound for stops, so that both are met. */
    private static final long LARGEST_CLOCK_ERROR_SECONDS = 90;

    private final Timeline timeline;
    private final Network network;
    private final List<SimulatedManager> managers;
    private final List<SimulatedWorker> workers;
    private final SplittableRandom random;
    private final Events events;
    private boolean over;

    Mishaps(
            Timeline timeline,
            Network network,
            List<SimulatedManager> managers,
            List<SimulatedWorker> workers,
            SplittableRandom random,
            Events events) {
        this.timeline = timeline;
        this.network = network;
        this.managers = managers;
        this.workers = workers;
        this.random = random;
        this.events = events;
    }

    void begin() {
        timeline.after(upTo(LONGEST_PAUSE), () -> {
            if (!over) {
                happen();
                begin();
            }
        });
    }

    /** Everything works again, and goes on working. */
    void heal() {
        over = true;
        events.add("everything is healed");
        network.heal();
        managers.forEach(this::mend);
        workers.forEach(this::mend);
    }

    private void mend(SimulatedManager manager) {
        manager.host().setClock(Duration.ZERO);
        if (manager.host().suspended()) {
            manager.host().resume();
        }
        if (!manager.host().up()) {
            manager.start();
        }
    }

    private void mend(SimulatedWorker worker) {
        worker.host().setClock(Duration.ZERO);
        if (worker.host().suspended()) {
            worker.host().resume();
        }
        if (!worker.host().up()) {
            worker.start();
        }
    }

    private void happen() {
        switch (random.nextInt(14)) {
            case 0, 1 -> killManager(anyManager());
            case 2, 3 -> killManager(leader());
            case 4 -> suspend(random.nextBoolean() ? leader().host() : anyHost());
            case 5 -> cutOff(leader().host());
            case 6 -> cutOff(anyHost());
            case 7 -> split();
            case 8 -> deafen();
            case 9 -> weather();
            case 10 -> setClock();
            case 11 -> killWorker();
            case 12 -> powerOff();
            default -> {
                events.add("connections break, the network is repaired");
                network.breakOne();
                network.breakOne();
                network.heal();
            }
        }
    }

    private void killManager(SimulatedManager manager) {
        if (manager.host().up()) {
            events.add(manager.host().name() + " is killed");
            manager.kill();
            network.died(manager.host());
            later(LONGEST_OUTAGE, () -> {
                if (!manager.host().up()) {
                    events.add(manager.host().name() + " starts again");
                    manager.start();
                }
            });
        }
    }

    private void killWorker() {
        var worker = anyWorker();
        if (worker.host().up()) {
            events.add("the agent of " + worker.nodeId() + " is killed");
            worker.kill();
            network.died(worker.host());
            startLater(worker);
        }
    }

    private void powerOff() {
        var worker = anyWorker();
        if (worker.host().up()) {
            events.add(worker.nodeId() + " loses its power");
            worker.powerOff();
            network.died(worker.host());
            startLater(worker);
        }
    }

    private void startLater(SimulatedWorker worker) {
        later(LONGEST_OUTAGE, () -> {
            if (!worker.host().up()) {
                events.add(worker.nodeId() + " starts again");
                worker.start();
            }
        });
    }

    private void suspend(Host host) {
        if (host.awake()) {
            events.add(host.name() + " is suspended");
            host.suspend();
            later(LONGEST_SUSPENSION, () -> {
                if (host.suspended()) {
                    events.add(host.name() + " goes on");
                    host.resume();
                }
            });
        }
    }

    private void cutOff(Host host) {
        events.add(host.name() + " is cut off");
        for (var other : hosts()) {
            if (other != host) {
                network.block(host, other);
                network.block(other, host);
            }
        }
        healLater();
    }

    /** In two parts, at random. */
    private void split() {
        var left = new ArrayList<Host>();
        var right = new ArrayList<Host>();
        hosts().forEach(host -> (random.nextBoolean() ? left : right).add(host));
        events.add("the network is split: " + left.stream().map(Host::name).toList());
        for (var one : left) {
            for (var other : right) {
                network.block(one, other);
                network.block(other, one);
            }
        }
        healLater();
    }

    /** One hears another no more, but not the other way round. */
    private void deafen() {
        var from = anyManager().host();
        var to = anyHost();
        events.add("nothing from " + from.name() + " reaches " + to.name());
        network.block(from, to);
        healLater();
    }

    private void healLater() {
        later(LONGEST_OUTAGE, () -> {
            events.add("the network is repaired");
            network.heal();
        });
    }

    private void weather() {
        boolean foul = random.nextBoolean();
        events.add("the network is " + (foul ? "foul" : "rough"));
        network.weather(foul ? Network.Weather.FOUL : Network.Weather.ROUGH);
    }

    private void setClock() {
        var host = random.nextBoolean() ? leader().host() : anyHost();
        long seconds = random.nextLong(-LARGEST_CLOCK_ERROR_SECONDS, LARGEST_CLOCK_ERROR_SECONDS + 1);
        events.add("the clock of " + host.name() + " is set " + seconds + " s off");
        host.setClock(Duration.ofSeconds(seconds));
    }

    private void later(Duration most, Runnable action) {
        timeline.after(upTo(most), () -> {
            if (!over) {
                action.run();
            }
        });
    }

    private SimulatedManager leader() {
        return managers.stream().filter(SimulatedManager::leads).findFirst().orElseGet(this::anyManager);
    }

    private SimulatedManager anyManager() {
        return managers.get(random.nextInt(managers.size()));
    }

    private SimulatedWorker anyWorker() {
        return workers.get(random.nextInt(workers.size()));
    }

    private Host anyHost() {
        var hosts = hosts();
        return hosts.get(random.nextInt(hosts.size()));
    }

    private List<Host> hosts() {
        var hosts = new ArrayList<Host>();
        managers.forEach(manager -> hosts.add(manager.host()));
        workers.forEach(worker -> hosts.add(worker.host()));
        return hosts;
    }

    private Duration upTo(Duration most) {
        return Duration.ofNanos(random.nextLong(most.toNanos()));
    }
}
