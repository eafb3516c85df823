package dev.muster.cli.auth;

import dev.muster.cli.command.CommandFailure;
import dev.muster.cli.console.Console;
import dev.muster.cli.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Runs {@code docker-credential-NAME get}, which takes a registry on its input and prints JSON. */
final class CredentialProgram {

    private static final System.Logger LOG = System.getLogger(CredentialProgram.class.getName());

    /** A helper may ask its user something; one that hangs must not hang the command. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final int MOST_BYTES = 64 << 10;

    private final Console console;

    CredentialProgram(Console console) {
        this.console = console;
    }

    /** Nothing if the helper does not know the registry. */
    Optional<Map<?, ?>> get(String name, String registry) {
        if (!name.matches("[A-Za-z0-9._-]+")) {
            throw new CommandFailure(
                    "credential helper \"" + name + "\": a helper's name has letters, digits, '.', '_' and '-'");
        }
        String program = "docker-credential-" + name;
        try {
            ProcessBuilder builder =
                    new ProcessBuilder(find(program), "get").redirectError(ProcessBuilder.Redirect.DISCARD);
            builder.environment().clear();
            builder.environment().putAll(console.environment());
            Process process = builder.start();
            return answer(process, program, registry);
        } catch (IOException failure) {
            throw new CommandFailure("error getting credentials: " + program + ": " + failure.getMessage());
        }
    }

    /** Where the caller's PATH has the program; the name itself if it has none, which then fails to start. */
    private String find(String program) {
        for (String directory : console.variable("PATH").split(":", -1)) {
            Path path = console.directory().resolve(directory).resolve(program);
            if (Files.isExecutable(path)) {
                return path.toString();
            }
        }
        return program;
    }

    private static Optional<Map<?, ?>> answer(Process process, String program, String registry) throws IOException {
        Thread watch = Thread.ofVirtual().start(() -> endAfterPatience(process));
        tell(process, registry);
        String text;
        try (InputStream output = process.getInputStream()) {
            text = new String(output.readNBytes(MOST_BYTES), StandardCharsets.UTF_8).strip();
        }
        int status = process.onExit().join().exitValue();
        watch.interrupt();
        if (status != 0) {
            if (text.contains("credentials not found")) {
                return Optional.empty();
            }
            throw new CommandFailure("error getting credentials: " + program + " ended with status " + status
                    + (text.isEmpty() ? "" : ": " + text));
        }
        try {
            return Json.parse(text) instanceof Map<?, ?> found ? Optional.of(found) : Optional.empty();
        } catch (IllegalArgumentException failure) {
            throw new CommandFailure("error getting credentials: " + program + ": " + failure.getMessage());
        }
    }

    /** A program that ends without reading has said all it has to say: its output and status tell the rest. */
    private static void tell(Process process, String registry) {
        try (var input = process.getOutputStream()) {
            input.write(registry.getBytes(StandardCharsets.UTF_8));
        } catch (IOException unread) {
            LOG.log(System.Logger.Level.DEBUG, "the credential program did not read: {0}", unread.getMessage());
        }
    }

    private static void endAfterPatience(Process process) {
        try {
            if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException _) {
            // It has ended by itself.
        }
    }
}
