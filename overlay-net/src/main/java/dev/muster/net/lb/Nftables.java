package dev.muster.net.lb;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The boundary to libnftables: one context, bound for ever to the network namespace of the thread that opened it.
 * Thread-safe. The library does not promise to be, so all contexts of the process share one lock; a transaction takes
 * about a millisecond.
 */
@SuppressWarnings("restricted") // native access is what this class is for; the launcher enables it
public final class Nftables implements AutoCloseable {
    private static final ReentrantLock LIBRARY = new ReentrantLock();
    private static final String LIBRARY_NAME = "libnftables.so.1";
    /** Longer error texts are cut: they repeat the transaction. */
    private static final int MAX_MESSAGE = 2000;

    private final Library library;
    private MemorySegment context;

    private Nftables(Library library, MemorySegment context) {
        this.library = library;
        this.context = context;
    }

    /** Why the library cannot be used; absent: it can. */
    public static Optional<String> unavailable() {
        return Optional.ofNullable(Holder.PROBLEM);
    }

    /** Opens a context in the namespace of the calling thread. */
    public static Nftables open() {
        var library = Holder.LIBRARY;
        if (library == null) {
            throw new NftablesException(LIBRARY_NAME + " cannot be loaded (" + Holder.PROBLEM + "): install nftables");
        }
        LIBRARY.lock();
        try {
            var context = (MemorySegment) library.open.invokeExact(0);
            if (context.equals(MemorySegment.NULL)) {
                throw new NftablesException("nftables gives no context");
            }
            var opened = new Nftables(library, context);
            if ((int) library.bufferOutput.invokeExact(context) != 0
                    || (int) library.bufferError.invokeExact(context) != 0) {
                throw new NftablesException("nftables cannot buffer its output");
            }
            return opened;
        } catch (Throwable e) {
            throw rethrown(e);
        } finally {
            LIBRARY.unlock();
        }
    }

    /**
     * Carries out commands as one transaction.
     *
     * @return what they print
     * @throws NftablesException if one is refused; then none is in force
     */
    public String run(String commands) {
        LIBRARY.lock();
        try (var arena = Arena.ofConfined()) {
            if (context.equals(MemorySegment.NULL)) {
                throw new IllegalStateException("nftables context is closed");
            }
            int result = (int) library.run.invokeExact(context, arena.allocateFrom(commands));
            var errors = text((MemorySegment) library.errors.invokeExact(context));
            var output = text((MemorySegment) library.output.invokeExact(context));
            if (result != 0) {
                throw new NftablesException("nftables: " + shortened(errors));
            }
            return output;
        } catch (Throwable e) {
            throw rethrown(e);
        } finally {
            LIBRARY.unlock();
        }
    }

    @Override
    public void close() {
        LIBRARY.lock();
        try {
            if (!context.equals(MemorySegment.NULL)) {
                library.close.invokeExact(context);
                context = MemorySegment.NULL;
            }
        } catch (Throwable e) {
            throw rethrown(e);
        } finally {
            LIBRARY.unlock();
        }
    }

    private static String shortened(String errors) {
        var stripped = errors.strip();
        if (stripped.isEmpty()) {
            return "failed without a reason";
        }
        return stripped.length() > MAX_MESSAGE ? stripped.substring(0, MAX_MESSAGE) + "…" : stripped;
    }

    private static String text(MemorySegment pointer) {
        return pointer.equals(MemorySegment.NULL)
                ? ""
                : pointer.reinterpret(Long.MAX_VALUE).getString(0);
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

    private record Library(
            MethodHandle open,
            MethodHandle close,
            MethodHandle bufferOutput,
            MethodHandle bufferError,
            MethodHandle run,
            MethodHandle output,
            MethodHandle errors) {
        static Library load() {
            var symbols = SymbolLookup.libraryLookup(LIBRARY_NAME, Arena.global());
            return new Library(
                    handle(symbols, "nft_ctx_new", FunctionDescriptor.of(ADDRESS, JAVA_INT)),
                    handle(symbols, "nft_ctx_free", FunctionDescriptor.ofVoid(ADDRESS)),
                    handle(symbols, "nft_ctx_buffer_output", FunctionDescriptor.of(JAVA_INT, ADDRESS)),
                    handle(symbols, "nft_ctx_buffer_error", FunctionDescriptor.of(JAVA_INT, ADDRESS)),
                    handle(symbols, "nft_run_cmd_from_buffer", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS)),
                    handle(symbols, "nft_ctx_get_output_buffer", FunctionDescriptor.of(ADDRESS, ADDRESS)),
                    handle(symbols, "nft_ctx_get_error_buffer", FunctionDescriptor.of(ADDRESS, ADDRESS)));
        }

        private static MethodHandle handle(SymbolLookup symbols, String name, FunctionDescriptor shape) {
            return Linker.nativeLinker().downcallHandle(symbols.findOrThrow(name), shape);
        }
    }

    /** Loads the library at its first use; a host without it gets a sentence, not a failed class. */
    private static final class Holder {
        static final @Nullable Library LIBRARY;
        static final @Nullable String PROBLEM;

        static {
            @Nullable Library library = null;
            @Nullable String problem = null;
            try {
                library = Library.load();
            } catch (IllegalArgumentException | NoSuchElementException e) {
                problem = String.valueOf(e.getMessage());
            }
            LIBRARY = library;
            PROBLEM = problem;
        }

        private Holder() {}
    }
}
