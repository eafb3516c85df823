package dev.muster.manager.simulation.faults;

import dev.muster.api.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Every container that runs anywhere, whatever managers and agents know of it. */
final class Containers {
    private final Map<String, Running> running = new TreeMap<>();
    private final List<Observer> observers = new ArrayList<>();

    record Running(String host, Task task) {}

    /** Looks at each container that starts. */
    @FunctionalInterface
    interface Observer {
        /** One starts while the others run. */
        void starts(Running one, List<Running> others);
    }

    void observe(Observer observer) {
        observers.add(observer);
    }

    void start(String host, Task task) {
        var one = new Running(host, task);
        var others = List.copyOf(running.values());
        observers.forEach(observer -> observer.starts(one, others));
        running.put(task.getId(), one);
    }

    void end(String taskId) {
        running.remove(taskId);
    }

    boolean runs(String taskId) {
        return running.containsKey(taskId);
    }

    /** The host has lost its power. */
    void endAllOn(String host) {
        running.values().removeIf(one -> one.host().equals(host));
    }

    List<Running> all() {
        return List.copyOf(running.values());
    }
}
