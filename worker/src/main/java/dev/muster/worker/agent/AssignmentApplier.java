package dev.muster.worker.agent;

import dev.muster.api.Driver;
import dev.muster.api.Generation;
import dev.muster.worker.journal.Journal;
import dev.muster.worker.task.AssignedTask;
import dev.muster.worker.task.TaskFailure;
import dev.muster.worker.task.TaskNetworks;
import dev.muster.worker.task.TaskRoster;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Makes the newest set of assignments so, on one thread: journals it, hands tasks to the roster, programs the networks,
 * then acknowledges. While that is under way newer sets replace each other: only the last one counts. What fails is tried
 * again, and not acknowledged until it is in force.
 */
final class AssignmentApplier implements AutoCloseable {
    private static final Logger LOG = System.getLogger(AssignmentApplier.class.getName());
    private static final Duration RETRY_PAUSE = Duration.ofSeconds(1);

    /** Where the networks are to be. */
    record NetworkSettings(String underlayAddress, int vxlanPort) {}

    /** Hears what is in force. */
    @FunctionalInterface
    interface Acknowledgement {
        void applied(Generation generation);
    }

    /**
     * What is to be made so.
     *
     * @param whole the managers have just said all there is: what is not in it may be removed
     */
    record Target(AssignmentSet set, Generation generation, Acknowledgement acknowledgement, boolean whole) {}

    private final Journal journal;
    private final TaskRoster roster;
    private final TaskNetworks networks;
    private final NetworkFactory factory;
    private final Runnable tasksChanged;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // Guarded by the lock.
    @Nullable
    private Target target;

    private Optional<NetworkSettings> wantedSettings = Optional.empty();
    private Driver defaultLogDriver = Driver.getDefaultInstance();
    /** Counts what came from outside. */
    private long changes;

    private Set<String> namedNetworks = Set.of();
    private boolean sweepDue;
    private boolean closed;

    // The thread's own.
    /** Journaled and handed over; the networks may be behind it. */
    private AssignmentSet current = AssignmentSet.EMPTY;

    private AssignmentSet programmed = AssignmentSet.EMPTY;
    private Map<String, AssignedTask> handedOver = new HashMap<>();
    private Optional<NetworkSettings> openSettings = Optional.empty();
    private boolean programDue = true;
    private boolean cleanUpDue;
    private String lastComplaint = "";

    AssignmentApplier(
            Journal journal, TaskRoster roster, TaskNetworks networks, NetworkFactory factory, Runnable tasksChanged) {
        this.journal = journal;
        this.roster = roster;
        this.networks = networks;
        this.factory = factory;
        this.tasksChanged = tasksChanged;
    }

    /** Goes on with what an earlier process was told, before anything new comes; then starts the thread. */
    void start(AssignmentSet remembered) {
        current = remembered;
        lock.lock();
        try {
            target = new Target(remembered, Generation.getDefaultInstance(), generation -> {}, false);
        } finally {
            lock.unlock();
        }
        pass();
        Thread.ofVirtual().name("assignments").start(this::run);
    }

    void settings(Optional<NetworkSettings> settings, Driver logDriver) {
        lock.lock();
        try {
            if (settings.isPresent()) {
                wantedSettings = settings;
            }
            defaultLogDriver = logDriver;
            changes++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void offer(Target next) {
        lock.lock();
        try {
            boolean whole = next.whole() || (target != null && target.whole());
            target = new Target(next.set(), next.generation(), next.acknowledgement(), whole);
            changes++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** A container has left its networks: one that managers no longer name can go now. */
    void detached(AssignedTask task) {
        lock.lock();
        try {
            for (var attachment : task.task().getNetworksList()) {
                sweepDue |= !namedNetworks.contains(attachment.getNetworkId());
            }
            if (sweepDue) {
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        try {
            while (awaitWork()) {
                if (!pass()) {
                    pause();
                }
            }
        } catch (InterruptedException e) {
            LOG.log(Level.DEBUG, "interrupted");
        }
    }

    private boolean awaitWork() throws InterruptedException {
        lock.lock();
        try {
            while (!closed && target == null && !settingsDiffer() && !cleanUpDue && !sweepDue) {
                changed.await();
            }
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    private boolean settingsDiffer() {
        return wantedSettings.isPresent() && !wantedSettings.equals(openSettings);
    }

    /** Ends early when something newer comes. */
    private void pause() throws InterruptedException {
        lock.lock();
        try {
            long left = RETRY_PAUSE.toNanos();
            long before = changes;
            while (!closed && changes == before && left > 0) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** One attempt at the newest target. False if part of it failed and is to be tried again. */
    private boolean pass() {
        Target now;
        Optional<NetworkSettings> settings;
        Driver logDriver;
        lock.lock();
        try {
            now = target == null
                    ? new Target(current, Generation.getDefaultInstance(), generation -> {}, false)
                    : target;
            target = null;
            namedNetworks = now.set().networks().keySet();
            programDue |= sweepDue;
            sweepDue = false;
            settings = wantedSettings;
            logDriver = defaultLogDriver;
        } finally {
            lock.unlock();
        }
        try {
            journal(now);
            handOver(now.set(), logDriver);
            cleanUpDue |= now.whole();
            open(settings);
            program(now.set());
            now.acknowledgement().applied(now.generation());
            if (cleanUpDue) {
                cleanUpDue = !roster.removeStrangers().isEmpty();
            }
            lastComplaint = "";
            return !cleanUpDue;
        } catch (RuntimeException e) {
            complain(e);
            retry(now);
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Unless something newer has come meanwhile. */
    private void retry(Target failed) {
        lock.lock();
        try {
            if (target == null) {
                target = failed;
            }
        } finally {
            lock.unlock();
        }
    }

    private void journal(Target now) {
        var set = now.set();
        if (!set.sameTasks(current)) {
            journal.saveTasks(set.taskPart().setGeneration(now.generation()).build());
        }
        if (!set.sameNetworks(current)) {
            journal.saveNetworks(
                    set.networkPart().setGeneration(now.generation()).build());
        }
        current = set;
    }

    private void handOver(AssignmentSet set, Driver logDriver) {
        var next = new HashMap<String, AssignedTask>();
        boolean any = false;
        for (var id : set.tasks().keySet()) {
            var task = set.assigned(id, logDriver).orElseThrow();
            next.put(id, task);
            if (!task.equals(handedOver.get(id))) {
                roster.assign(task);
                any = true;
            }
        }
        for (var id : handedOver.keySet()) {
            if (!next.containsKey(id)) {
                roster.withdraw(id);
                any = true;
            }
        }
        handedOver = next;
        if (any) {
            tasksChanged.run();
        }
    }

    private void open(Optional<NetworkSettings> settings) {
        if (settings.isPresent() && !settings.equals(openSettings)) {
            // The former must be closed before another one adopts what it leaves.
            networks.close();
            openSettings = Optional.empty();
            networks.use(factory.open(
                    settings.get().underlayAddress(), settings.get().vxlanPort()));
            openSettings = settings;
            programDue = true;
        }
    }

    private void program(AssignmentSet set) {
        if (openSettings.isEmpty()) {
            if (set.networks().isEmpty()) {
                return;
            }
            throw TaskFailure.temporary("networks wait until a manager has named this node's address");
        }
        if (programDue || !set.sameNetworks(programmed)) {
            programDue = true;
            networks.program(set.tables());
            programDue = false;
        }
        programmed = set;
    }

    private void complain(RuntimeException failure) {
        var complaint = String.valueOf(failure.getMessage());
        if (!complaint.equals(lastComplaint)) {
            lastComplaint = complaint;
            LOG.log(Level.WARNING, "assignments are not in force yet, trying again: " + complaint);
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
