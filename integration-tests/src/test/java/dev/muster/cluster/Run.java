package dev.muster.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What a command did. */
public record Run(List<String> command, int exit, String out, String err) {
    /** Standard output without the line end; throws if the command failed. */
    public String ok() {
        if (exit != 0) {
            throw new AssertionError(this + "");
        }
        return out.stripTrailing();
    }

    public List<String> lines() {
        return ok().lines().map(String::stripTrailing).toList();
    }

    @Override
    public String toString() {
        return String.join(" ", command) + " → exit " + exit + "\n" + out + err;
    }

    /** Runs a command to its end; one that takes longer than the bound is killed and fails. */
    public static Run command(Duration bound, List<String> command) {
        Path out = null;
        Path err = null;
        try {
            out = Files.createTempFile("out", ".txt");
            err = Files.createTempFile("err", ".txt");
            Process process = new ProcessBuilder(command)
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
            process.getOutputStream().close();
            if (!process.waitFor(bound.toMillis(), TimeUnit.MILLISECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
                return new Run(command, 124, Files.readString(out), Files.readString(err) + "\nkilled after " + bound);
            }
            return new Run(command, process.exitValue(), Files.readString(out), Files.readString(err));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + command, e);
        } finally {
            delete(out);
            delete(err);
        }
    }

    private static void delete(@org.jspecify.annotations.Nullable Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
