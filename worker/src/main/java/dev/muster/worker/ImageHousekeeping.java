package dev.muster.worker;

import dev.muster.api.TaskStates;
import dev.muster.worker.image.ContainerdImages;
import dev.muster.worker.image.ImageFailure;
import dev.muster.worker.image.ImageRef;
import dev.muster.worker.runtime.ContainerRuntime;
import dev.muster.worker.runtime.RuntimeFailure;
import dev.muster.worker.task.AssignedTask;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Removes images that no container and no task here has needed for a while, now and then, on a thread of its own: a node
 * that runs one version after the other must not fill its disk.
 */
final class ImageHousekeeping implements AutoCloseable {
    private static final Logger LOG = System.getLogger(ImageHousekeeping.class.getName());
    private static final Duration PERIOD = Duration.ofHours(1);

    /** A rollback within a week needs no pull. */
    private static final Duration GRACE = Duration.ofDays(7);

    private final ContainerdImages images;
    private final ContainerRuntime runtime;
    private final Supplier<Collection<AssignedTask>> tasks;
    private final CountDownLatch closed = new CountDownLatch(1);

    private ImageHousekeeping(
            ContainerdImages images, ContainerRuntime runtime, Supplier<Collection<AssignedTask>> tasks) {
        this.images = images;
        this.runtime = runtime;
        this.tasks = tasks;
    }

    static ImageHousekeeping start(
            ContainerdImages images, ContainerRuntime runtime, Supplier<Collection<AssignedTask>> tasks) {
        var housekeeping = new ImageHousekeeping(images, runtime, tasks);
        Thread.ofVirtual().name("image-housekeeping").start(housekeeping::run);
        return housekeeping;
    }

    private void run() {
        try {
            while (!closed.await(PERIOD.toNanos(), TimeUnit.NANOSECONDS)) {
                try {
                    var removed = pass(GRACE);
                    if (!removed.isEmpty()) {
                        LOG.log(
                                Level.INFO,
                                "removed images that nothing needed for {0} days: {1}",
                                GRACE.toDays(),
                                removed);
                    }
                } catch (RuntimeFailure | ImageFailure e) {
                    LOG.log(Level.WARNING, "could not clear away unused images, trying again later: " + e.getMessage());
                }
            }
        } catch (InterruptedException e) {
            LOG.log(Level.DEBUG, "interrupted");
        }
    }

    /** Removes what has been unused for that long; returns the names. */
    List<String> pass(Duration grace) {
        return images.collector().collect(inUse(), grace);
    }

    private Set<String> inUse() {
        var names = new TreeSet<String>();
        runtime.list().forEach(container -> names.add(container.imageName()));
        for (var task : tasks.get()) {
            if (!TaskStates.ended(task.task())) {
                name(task).ifPresent(names::add);
            }
        }
        return names;
    }

    /** Under which the image is here; empty if it is not, or the reference is wrong. */
    private Optional<String> name(AssignedTask task) {
        try {
            return task.revision()
                    .map(revision ->
                            ImageRef.parse(revision.getTask().getContainer().getImage()))
                    .flatMap(images::find)
                    .map(handle -> handle.name());
        } catch (ImageFailure e) {
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
