package dev.muster.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A command that runs while a test goes on. Its output can be read at any time; closing it ends it, and all that it has started.
 */
public final class Background implements AutoCloseable {
    private final List<String> command;
    private final Path out;
    private final Process process;

    private Background(List<String> command, Path out, Process process) {
        this.command = command;
        this.out = out;
        this.process = process;
    }

    static Background start(List<String> command) {
        try {
            Path out = Files.createTempFile("out", ".txt");
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(out.toFile())
                    .start();
            process.getOutputStream().close();
            return new Background(command, out, process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What it has written so far, errors among it. */
    public String out() {
        try {
            return new String(Files.readAllBytes(out), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public boolean running() {
        return process.isAlive();
    }

    /** Waits for its own end; fails if it does not come in time, or with an exit code other than zero. */
    public void ends(Duration bound) {
        try {
            if (!process.waitFor(bound.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError(
                        String.join(" ", command) + " did not end within " + bound.toSeconds() + " s\n" + out());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + command, e);
        }
        if (process.exitValue() != 0) {
            throw new AssertionError(String.join(" ", command) + " → exit " + process.exitValue() + "\n" + out());
        }
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        try {
            process.waitFor();
            Files.deleteIfExists(out);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
