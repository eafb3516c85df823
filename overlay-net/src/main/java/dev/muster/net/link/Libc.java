package dev.muster.net.link;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The boundary to the C library: the few system calls that Java has no words for. Stateless, thread-safe. Calls that
 * change the calling thread ({@link #setns}, {@link #unshare}) belong on a platform thread that ends soon after.
 */
@SuppressWarnings("restricted") // native access is what this class is for; the launcher enables it
final class Libc {
    static final int CLONE_NEWNET = 0x40000000;
    static final int MS_BIND = 4096;
    static final int MS_REC = 16384;
    static final int MS_SHARED = 1 << 20;
    static final int MNT_DETACH = 2;
    static final int O_CLOEXEC = 0x80000;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CAPTURED.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle SOCKET = handle("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle SETSOCKOPT =
            handle("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle SEND = handle("send", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle RECV = handle("recv", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    // The third argument is variadic; x86-64 and aarch64 Linux pass it like a fixed one.
    private static final MethodHandle OPEN = handle("open", JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
    private static final MethodHandle CLOSE = handle("close", JAVA_INT, JAVA_INT);
    private static final MethodHandle SETNS = handle("setns", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle UNSHARE = handle("unshare", JAVA_INT, JAVA_INT);
    private static final MethodHandle MOUNT = handle("mount", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
    private static final MethodHandle UMOUNT2 = handle("umount2", JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle STRERROR = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("strerror"), FunctionDescriptor.of(ADDRESS, JAVA_INT));

    private Libc() {}

    static int socket(int domain, int type, int protocol) {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(CAPTURED);
            return checked("socket", state, (int) SOCKET.invokeExact(state, domain, type, protocol));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    static void setSocketOption(int fd, int level, int option, MemorySegment value) {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(CAPTURED);
            checked("setsockopt", state, (int)
                    SETSOCKOPT.invokeExact(state, fd, level, option, value, (int) value.byteSize()));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    static void send(int fd, MemorySegment message) {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(CAPTURED);
            checked("send", state, (int) (long) SEND.invokeExact(state, fd, message, message.byteSize(), 0));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /** The length of what came, which fits {@code buffer}. */
    static int receive(int fd, MemorySegment buffer) {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(CAPTURED);
            while (true) {
                int length = (int) (long) RECV.invokeExact(state, fd, buffer, buffer.byteSize(), 0);
                if (length >= 0 || (int) ERRNO.get(state, 0L) != Errno.EINTR) {
                    return checked("recv", state, length);
                }
            }
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    static int open(String path) {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(CAPTURED);
            return checked(
                    "open " + path, state, (int) OPEN.invokeExact(state, arena.allocateFrom(path), O_CLOEXEC, 0));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    static void close(int fd) {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(CAPTURED);
            checked("close", state, (int) CLOSE.invokeExact(state, fd));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /** Moves the calling thread into another network namespace. */
    static void setns(int fd) {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(CAPTURED);
            checked("setns", state, (int) SETNS.invokeExact(state, fd, CLONE_NEWNET));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /** Gives the calling thread a network namespace of its own. */
    static void unshare() {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(CAPTURED);
            checked("unshare", state, (int) UNSHARE.invokeExact(state, CLONE_NEWNET));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    static void mount(String source, String target, long flags) {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(CAPTURED);
            int result = (int) MOUNT.invokeExact(
                    state,
                    arena.allocateFrom(source),
                    arena.allocateFrom(target),
                    arena.allocateFrom("none"),
                    flags,
                    MemorySegment.NULL);
            checked("mount " + target, state, result);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /** Detaches what is mounted at {@code target} from the tree at once. */
    static void unmount(String target) {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(CAPTURED);
            checked("umount " + target, state, (int)
                    UMOUNT2.invokeExact(state, arena.allocateFrom(target), MNT_DETACH));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    static String describe(int errno) {
        try {
            return ((MemorySegment) STRERROR.invokeExact(errno))
                    .reinterpret(256)
                    .getString(0);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    private static int checked(String call, MemorySegment state, int result) {
        if (result < 0) {
            int errno = (int) ERRNO.get(state, 0L);
            throw new KernelException(call, errno, describe(errno));
        }
        return result;
    }

    private static RuntimeException rethrown(Throwable e) {
        if (e instanceof RuntimeException unchecked) {
            return unchecked;
        }
        if (e instanceof Error error) {
            throw error;
        }
        return new IllegalStateException(e);
    }

    private static MethodHandle handle(String name, MemoryLayout result, MemoryLayout... arguments) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(result, arguments),
                Linker.Option.captureCallState("errno"));
    }
}
