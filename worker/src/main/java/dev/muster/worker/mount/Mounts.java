package dev.muster.worker.mount;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;

/**
 * mount(2), umount2(2) and statfs(2) of libc. Stateless; any thread. Mounts of network file systems may block for long:
 * their callers use a platform thread.
 */
@SuppressWarnings("restricted")
public final class Mounts {

    /** Flags of mount(2), linux/mount.h. */
    public static final long READ_ONLY = 1;

    public static final long NO_SUID = 2;
    public static final long NO_DEV = 4;
    public static final long NO_EXEC = 8;
    public static final long SYNCHRONOUS = 16;
    public static final long REMOUNT = 32;
    public static final long DIR_SYNC = 128;
    public static final long NO_SYMFOLLOW = 256;
    public static final long NO_ATIME = 1024;
    public static final long NO_DIRATIME = 2048;
    public static final long BIND = 4096;
    public static final long RECURSIVE = 16384;
    public static final long PRIVATE = 1 << 18;
    public static final long REL_ATIME = 1 << 21;
    public static final long STRICT_ATIME = 1 << 24;

    /** Not there. */
    public static final int ENOENT = 2;

    /** Not a mount point, or an option that this kernel does not know. */
    public static final int EINVAL = 22;

    private static final int DETACH = 2;
    private static final int DO_NOT_FOLLOW = 8;

    /** linux/magic.h. */
    private static final long TMPFS_MAGIC = 0x01021994L;

    /** Larger than struct statfs on every 64-bit Linux; its first field is the type, one word. */
    private static final long STATFS_BYTES = 256;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle MOUNT = handle(
            "mount",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.ADDRESS));
    private static final MethodHandle UNMOUNT =
            handle("umount2", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
    private static final MethodHandle STATFS =
            handle("statfs", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
    private static final MethodHandle STRERROR = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("strerror"),
            FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT));

    private Mounts() {}

    /**
     * Mounts.
     *
     * @param source what, in the words of the type
     * @param flags of this class, or-ed
     * @param options the type's own, comma-separated
     */
    public static void mount(String source, Path target, String type, long flags, String options) {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(STATE);
            int result = (int) MOUNT.invokeExact(
                    state,
                    arena.allocateFrom(source),
                    arena.allocateFrom(target.toString()),
                    arena.allocateFrom(type),
                    flags,
                    arena.allocateFrom(options));
            if (result != 0) {
                throw failure("could not mount " + type + " '" + source + "' on " + target, state);
            }
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    /**
     * Takes the mount off the path at once; it ends for good when its last user is gone. False if nothing is mounted
     * there.
     */
    public static boolean unmount(Path target) {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(STATE);
            int result =
                    (int) UNMOUNT.invokeExact(state, arena.allocateFrom(target.toString()), DETACH | DO_NOT_FOLLOW);
            if (result == 0) {
                return true;
            }
            int errno = (int) ERRNO.get(state, 0L);
            if (errno == ENOENT || errno == EINVAL) {
                return false;
            }
            throw failure("could not unmount " + target, state);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    /** Whether the path lies on a tmpfs. */
    public static boolean onTmpfs(Path path) {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(STATE);
            var statfs = arena.allocate(STATFS_BYTES, Long.BYTES);
            int result = (int) STATFS.invokeExact(state, arena.allocateFrom(path.toString()), statfs);
            if (result != 0) {
                throw failure("could not find the file system of " + path, state);
            }
            return statfs.get(ValueLayout.JAVA_LONG, 0) == TMPFS_MAGIC;
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name), descriptor, Linker.Option.captureCallState("errno"));
    }

    private static MountFailure failure(String what, MemorySegment state) throws Throwable {
        int errno = (int) ERRNO.get(state, 0L);
        var text = (MemorySegment) STRERROR.invokeExact(errno);
        return new MountFailure(what, errno, text.reinterpret(STATFS_BYTES).getString(0));
    }

    private static RuntimeException unchecked(Throwable failure) {
        if (failure instanceof Error error) {
            throw error;
        }
        return failure instanceof RuntimeException known ? known : new IllegalStateException(failure);
    }
}
