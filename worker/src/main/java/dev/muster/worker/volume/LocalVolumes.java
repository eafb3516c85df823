package dev.muster.worker.volume;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The volumes of this node: {@code ROOT/NAME/_data} and {@code ROOT/NAME/opts.json}. Thread-safe; calls for different
 * volumes do not wait for each other.
 *
 * <p>Users (tasks) are counted in memory: after a restart each says again what it uses. A volume whose options name
 * something to mount has it mounted from its first user to its last.
 */
public final class LocalVolumes {
    private static final String CONTENT = "_data";

    /** Where first content is gathered, so that a volume is empty or complete. */
    private static final String FILLING = "_new";

    private final Path root;
    private final InstantSource clock;
    private final VolumeMounts mounts;
    private final Map<String, Slot> slots = new ConcurrentHashMap<>();

    /** Who uses a volume; its lock guards the volume's files too. */
    private static final class Slot {
        final ReentrantLock lock = new ReentrantLock();
        final Set<String> users = new HashSet<>();
    }

    private LocalVolumes(Path root, InstantSource clock, VolumeMounts mounts) {
        this.root = root;
        this.clock = clock;
        this.mounts = mounts;
    }

    /** Makes the directory if it is missing. */
    public static LocalVolumes open(Path root, InstantSource clock) {
        try {
            Files.createDirectories(
                    root, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x---")));
            return new LocalVolumes(root.toRealPath(), clock, new VolumeMounts());
        } catch (IOException e) {
            throw io("could not make the directory for volumes " + root, e);
        }
    }

    /** The volume, made if it is missing. Labels count only when it is made; other options than it has are refused. */
    public Volume create(VolumeRequest request) {
        var slot = slot(request.name());
        slot.lock.lock();
        try {
            return createLocked(request);
        } finally {
            slot.lock.unlock();
        }
    }

    private Volume createLocked(VolumeRequest request) {
        var directory = root.resolve(request.name());
        var present = VolumeFile.read(directory);
        if (present.isPresent()) {
            var found = present.get();
            if (!request.options().isEmpty() && !request.options().equals(found.options())) {
                throw new VolumeFailure(
                        VolumeFailure.Kind.INVALID,
                        "volume " + request.name() + " exists with other options: it has " + found.options()
                                + ", asked for are " + request.options()
                                + ". Remove it, or choose another name");
            }
            return found;
        }
        var volume = new Volume(
                request.name(),
                request.options(),
                request.labels(),
                clock.instant(),
                request.anonymous(),
                directory.resolve(CONTENT));
        try {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx-----x")));
            makeContent(volume.mountpoint());
            VolumeFile.write(directory, volume);
            return volume;
        } catch (IOException e) {
            throw io("could not make volume " + request.name(), e);
        }
    }

    private static void makeContent(Path content) throws IOException {
        Files.createDirectories(content);
        Files.setPosixFilePermissions(content, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /**
     * The volume for a user, made if it is missing, mounted if its options say so, and filled if it is empty. To be
     * given back with {@link #release}.
     */
    public Volume use(String user, VolumeRequest request, VolumeFiller filler) {
        var slot = slot(request.name());
        slot.lock.lock();
        try {
            var volume = createLocked(request);
            slot.users.add(user);
            var options = MountOptions.of(volume.options());
            if (options.isPresent()) {
                mounts.mount(volume, options.get());
            }
            fill(volume, options.isPresent(), filler);
            return volume;
        } finally {
            slot.lock.unlock();
        }
    }

    private void fill(Volume volume, boolean mounted, VolumeFiller filler) {
        var content = volume.mountpoint();
        try {
            if (!isEmpty(content)) {
                return;
            }
            if (mounted) {
                filler.fill(content);
                return;
            }
            var beside = content.resolveSibling(FILLING);
            FileTrees.delete(beside);
            makeContent(beside);
            if (filler.fill(beside)) {
                // Over an empty directory this is one step: the volume is empty or complete, also after a crash.
                Files.move(beside, content, StandardCopyOption.ATOMIC_MOVE);
            } else {
                FileTrees.delete(beside);
            }
        } catch (IOException e) {
            throw io("could not fill volume " + volume.name(), e);
        }
    }

    /** Notes that a user, which ran before this process did, uses the volume. */
    public void adopt(String user, String name) {
        var slot = slot(name);
        slot.lock.lock();
        try {
            slot.users.add(user);
        } finally {
            slot.lock.unlock();
        }
    }

    /**
     * Gives back everything that the user uses; the last user's leaving takes mounts off, and removes anonymous
     * volumes if asked to.
     */
    public void release(String user, boolean removeAnonymous) {
        for (var entry : slots.entrySet()) {
            var slot = entry.getValue();
            slot.lock.lock();
            try {
                if (slot.users.remove(user) && slot.users.isEmpty()) {
                    left(entry.getKey(), removeAnonymous);
                }
            } finally {
                slot.lock.unlock();
            }
        }
    }

    private void left(String name, boolean removeAnonymous) {
        var directory = root.resolve(name);
        var volume = VolumeFile.read(directory);
        if (volume.isEmpty()) {
            return;
        }
        mounts.unmount(volume.get());
        if (removeAnonymous && volume.get().anonymous()) {
            delete(directory);
            // Nobody else ever names it.
            slots.remove(name);
        }
    }

    /** Removes a volume and all that is in it. */
    public void remove(String name, boolean force) {
        var slot = slot(name);
        slot.lock.lock();
        try {
            var volume = VolumeFile.read(root.resolve(name));
            if (volume.isEmpty()) {
                if (force) {
                    return;
                }
                throw new VolumeFailure(VolumeFailure.Kind.NOT_FOUND, "get " + name + ": no such volume");
            }
            if (!slot.users.isEmpty()) {
                throw new VolumeFailure(
                        VolumeFailure.Kind.IN_USE,
                        "remove " + name + ": volume is in use - [" + String.join(", ", slot.users) + "]");
            }
            mounts.unmount(volume.get());
            delete(root.resolve(name));
        } finally {
            slot.lock.unlock();
        }
    }

    private static void delete(Path directory) {
        try {
            FileTrees.delete(directory);
        } catch (IOException e) {
            throw io("could not remove volume " + directory.getFileName(), e);
        }
    }

    public Optional<Volume> inspect(String name) {
        return name.isEmpty() || name.startsWith(".") || name.indexOf('/') >= 0
                ? Optional.empty()
                : VolumeFile.read(root.resolve(name));
    }

    /** All volumes, by name. */
    public List<Volume> list() {
        try (var entries = Files.list(root)) {
            var volumes = new ArrayList<Volume>();
            for (var entry : entries.sorted().toList()) {
                VolumeFile.read(entry).ifPresent(volumes::add);
            }
            return volumes;
        } catch (IOException e) {
            throw io("could not list volumes in " + root, e);
        }
    }

    /** Users of a volume. */
    public Set<String> users(String name) {
        var slot = slot(name);
        slot.lock.lock();
        try {
            return Set.copyOf(slot.users);
        } finally {
            slot.lock.unlock();
        }
    }

    private Slot slot(String name) {
        return slots.computeIfAbsent(name, any -> new Slot());
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (var entries = Files.list(directory)) {
            return entries.findAny().isEmpty();
        }
    }

    private static VolumeFailure io(String what, IOException e) {
        return new VolumeFailure(VolumeFailure.Kind.IO, what + ": " + e.getMessage(), e);
    }
}
