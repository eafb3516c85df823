package dev.muster.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asks an installed program for its version. */
final class ProgramVersion {
    private static final Pattern NUMBER = Pattern.compile("\\d+\\.\\d+(\\.\\d+)?\\S*");
    private static final int BOUND_SECONDS = 5;

    private ProgramVersion() {}

    /** The version in what {@code program --version} prints; empty if it does not say. */
    static String of(String program) {
        try {
            Process process = new ProcessBuilder(program, "--version")
                    .redirectErrorStream(true)
                    .start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readNBytes(4096), StandardCharsets.UTF_8);
            if (!process.waitFor(BOUND_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            Matcher number = NUMBER.matcher(output);
            return number.find() ? number.group() : "";
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }
}
