package dev.muster.worker.volume;

import dev.muster.worker.mount.MountFailure;
import dev.muster.worker.mount.MountTable;
import dev.muster.worker.mount.Mounts;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;

/** Mounts what volumes' options name. Stateless: the kernel knows what is mounted. */
final class VolumeMounts {
    /** A remote server that does not answer by then is reported; its mount may still come and is then found. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Mounts unless it is mounted. */
    void mount(Volume volume, MountOptions options) {
        if (MountTable.isMountPoint(volume.mountpoint())) {
            return;
        }
        if (options.bind() && !Files.exists(Path.of(options.device()))) {
            throw new VolumeFailure(
                    VolumeFailure.Kind.INVALID,
                    "failed to mount local volume " + volume.name() + ": device " + options.device()
                            + " does not exist on this node");
        }
        if (!options.remote()) {
            mountNow(volume, options);
            return;
        }
        // May hang in the kernel: on a thread of its own, which then is lost, not the caller's.
        var failure = new AtomicReference<RuntimeException>();
        var thread = Thread.ofPlatform().daemon().name("mount-" + volume.name()).start(() -> {
            try {
                mountNow(volume, options);
            } catch (RuntimeException e) {
                failure.set(e);
            }
        });
        try {
            if (!thread.join(PATIENCE)) {
                throw new VolumeFailure(
                        VolumeFailure.Kind.IO,
                        "failed to mount local volume " + volume.name() + ": " + options.device()
                                + " does not answer within " + PATIENCE.toSeconds() + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new VolumeFailure(VolumeFailure.Kind.IO, "mounting volume " + volume.name() + " was interrupted", e);
        }
        var failed = failure.get();
        if (failed != null) {
            throw failed;
        }
    }

    private static void mountNow(Volume volume, MountOptions options) {
        try {
            var kernelOptions = options.kernelOptions();
            Mounts.mount(options.device(), volume.mountpoint(), options.type(), options.flags(), kernelOptions);
            if (options.bind() && options.readOnly()) {
                // A bind takes its flags from the source; only a second call can restrict it.
                Mounts.mount("none", volume.mountpoint(), "none", options.flags() | Mounts.REMOUNT, "");
            }
        } catch (UnknownHostException e) {
            throw new VolumeFailure(
                    VolumeFailure.Kind.IO,
                    "failed to mount local volume " + volume.name() + ": cannot resolve " + e.getMessage(),
                    e);
        } catch (MountFailure e) {
            throw new VolumeFailure(
                    VolumeFailure.Kind.INVALID,
                    "failed to mount local volume " + volume.name() + ": " + e.getMessage(),
                    e);
        }
    }

    /** Takes off what this class has mounted there. */
    void unmount(Volume volume) {
        if (MountOptions.of(volume.options()).isPresent()) {
            Mounts.unmount(volume.mountpoint());
        }
    }
}
