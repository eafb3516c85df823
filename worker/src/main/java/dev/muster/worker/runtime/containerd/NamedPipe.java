package dev.muster.worker.runtime.containerd;

import dev.muster.worker.runtime.RuntimeFailure;
import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A named pipe that the shim writes a command's output to, and the thread that reads it, a platform thread as reading
 * blocks. Keeps the first bytes and reads on, so that the writer never blocks.
 *
 * <p>Both sides are held open here until the output is asked for. The shim opens the pipe twice, for stdout and for
 * stderr: a quick command's stdout may be at its end before stderr is opened, which would block for ever if the reader
 * had left by then.
 */
@SuppressWarnings("restricted") // mkfifo has no Java form; its signature is as written here
final class NamedPipe implements AutoCloseable {

    private static final MethodHandle MKFIFO = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("mkfifo"),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));

    private static final int OWNER_ONLY = 0600;
    private static final int CLOSE_ATTEMPTS = 5;
    private static final Duration CLOSE_PATIENCE = Duration.ofMillis(200);

    private final Path path;
    private final int limitBytes;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private final Thread reader;

    /** Keeps the reader from seeing an end, and writers from waiting for a reader. */
    private final RandomAccessFile held;

    private final FileInputStream readSide;

    private NamedPipe(Path path, int limitBytes) throws IOException {
        this.path = path;
        this.limitBytes = limitBytes;
        this.held = new RandomAccessFile(path.toFile(), "rw");
        // Opened before anything is written: what is in a pipe that nobody has open is lost.
        this.readSide = new FileInputStream(path.toFile());
        this.reader = Thread.ofPlatform().daemon().name("exec-output").unstarted(this::read);
    }

    static NamedPipe open(Path path, int limitBytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(path.toString());
            if ((int) MKFIFO.invokeExact(name, OWNER_ONLY) != 0) {
                throw new RuntimeFailure(RuntimeFailure.Kind.INTERNAL, "cannot make the named pipe " + path);
            }
        } catch (RuntimeFailure e) {
            throw e;
        } catch (Throwable e) {
            throw new RuntimeFailure(RuntimeFailure.Kind.INTERNAL, "cannot call mkfifo", e);
        }
        try {
            NamedPipe pipe = new NamedPipe(path, limitBytes);
            pipe.reader.start();
            return pipe;
        } catch (IOException e) {
            throw new RuntimeFailure(RuntimeFailure.Kind.INTERNAL, "cannot open the named pipe " + path, e);
        }
    }

    Path path() {
        return path;
    }

    private void read() {
        byte[] buffer = new byte[8192];
        try (FileInputStream in = readSide) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                keep(buffer, n);
            }
        } catch (IOException e) {
            keep(("\n[output lost: " + e.getMessage() + "]").getBytes(StandardCharsets.UTF_8));
        }
    }

    private void keep(byte[] text) {
        keep(text, text.length);
    }

    private void keep(byte[] buffer, int length) {
        synchronized (kept) {
            kept.write(buffer, 0, Math.min(length, limitBytes - kept.size()));
        }
    }

    /** What was kept, once the writers have closed the pipe or the time is over. */
    String output(Duration atMost) throws InterruptedException {
        letGo();
        reader.join(atMost);
        synchronized (kept) {
            return kept.toString(StandardCharsets.UTF_8);
        }
    }

    private void letGo() {
        try {
            held.close();
        } catch (IOException e) {
            keep(("\n[output lost: " + e.getMessage() + "]").getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Ends the reader even if nobody ever opened the other side: opening both sides at once never blocks. */
    @Override
    public void close() {
        letGo();
        boolean interrupted = false;
        for (int attempt = 0; attempt < CLOSE_ATTEMPTS && reader.isAlive(); attempt++) {
            openAndCloseBothSides();
            try {
                reader.join(CLOSE_PATIENCE);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new RuntimeFailure(RuntimeFailure.Kind.INTERNAL, "cannot remove the named pipe " + path, e);
        }
    }

    private void openAndCloseBothSides() {
        try (RandomAccessFile both = new RandomAccessFile(path.toFile(), "rw")) {
            both.getFD();
        } catch (IOException e) {
            keep(("\n[output lost: " + e.getMessage() + "]").getBytes(StandardCharsets.UTF_8));
        }
    }
}
