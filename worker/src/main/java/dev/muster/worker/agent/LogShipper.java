package dev.muster.worker.agent;

import dev.muster.api.LogSelector;
import dev.muster.api.SubscriptionMessage;
import dev.muster.worker.log.LogReader;
import dev.muster.worker.task.AssignedTask;
import dev.muster.worker.task.TaskRoster;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Sends the logs that managers subscribe to. Subscriptions belong to a session and end with it: managers ask anew.
 * Thread-safe.
 */
final class LogShipper {
    private static final Logger LOG = System.getLogger(LogShipper.class.getName());

    /** Swarm's bound per node. */
    private static final long BYTES_PER_SECOND = 10_000_000;

    /** Each costs a few threads and a buffer. */
    private static final int MAX_SUBSCRIPTIONS = 200;

    private final TaskRoster roster;
    private final LogReader reader;
    private final RateLimit limit;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, LogSubscription> subscriptions = new HashMap<>();

    LogShipper(TaskRoster roster, LogReader reader, LongSupplier nanoClock) {
        this.roster = roster;
        this.reader = reader;
        this.limit = new RateLimit(BYTES_PER_SECOND, nanoClock);
    }

    /** Begins or ends a subscription. */
    void handle(SubscriptionMessage message, ManagerLink link) {
        lock.lock();
        try {
            if (message.getClose()) {
                var ended = subscriptions.remove(message.getId());
                if (ended != null) {
                    ended.close();
                }
                return;
            }
            if (subscriptions.containsKey(message.getId())) {
                return;
            }
            var subscription = new LogSubscription(message, reader, limit, () -> forget(message.getId()));
            if (subscriptions.size() >= MAX_SUBSCRIPTIONS) {
                LOG.log(Level.WARNING, "refusing a log subscription: there are {0}", subscriptions.size());
                subscription.refuse(link, "this node serves " + MAX_SUBSCRIPTIONS + " log requests at a time already");
                return;
            }
            subscriptions.put(message.getId(), subscription);
            subscription.start(link, matching(message.getSelector()));
        } finally {
            lock.unlock();
        }
    }

    /** Tasks have come, or have moved on: followers take up those that are new to them. */
    void tasksChanged() {
        lock.lock();
        try {
            for (var subscription : subscriptions.values()) {
                subscription.join(matching(subscription.selector()));
            }
        } finally {
            lock.unlock();
        }
    }

    void sessionOver() {
        lock.lock();
        try {
            subscriptions.values().forEach(LogSubscription::close);
            subscriptions.clear();
        } finally {
            lock.unlock();
        }
    }

    private void forget(String id) {
        lock.lock();
        try {
            subscriptions.remove(id);
        } finally {
            lock.unlock();
        }
    }

    private List<AssignedTask> matching(LogSelector selector) {
        return roster.tasks().stream().filter(task -> matches(selector, task)).toList();
    }

    /** An empty selector means nothing. */
    private static boolean matches(LogSelector selector, AssignedTask task) {
        return selector.getTaskIdsList().contains(task.id())
                || selector.getServiceIdsList().contains(task.task().getServiceId())
                || selector.getNodeIdsList().contains(task.task().getNodeId());
    }
}
