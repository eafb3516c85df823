package dev.muster.cli.training;

import dev.muster.cli.Muster;
import dev.muster.cli.console.Console;
import dev.muster.cli.console.Console.Terminal;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs typical commands. The JVM's flags say where what it learns goes. */
public final class TrainingMain {

    /**
     * What people and scripts run most. Every class that one of them needs is loaded at every start, by any command: a
     * line here that brings many classes of its own, as stack files do, costs all others more than it saves.
     */
    private static final List<List<String>> LINES = List.of(
            List.of("--help"),
            List.of("version"),
            List.of("service", "ls"),
            List.of("service", "ls", "--format", "{{.Name}}"),
            List.of("service", "ps", "web"),
            List.of("node", "ls"),
            List.of("stack", "services", "s"),
            List.of("service", "inspect", "web"));

    private TrainingMain() {}

    public static void main(String[] arguments) throws IOException {
        Path directory = Files.createTempDirectory("muster-training");
        Path socket = directory.resolve("s");
        try (SampleDaemon _ = SampleDaemon.listen(socket)) {
            for (List<String> line : LINES) {
                expect(0, line, directory, socket);
            }
            expect(1, List.of("version"), directory, directory.resolve("none"));
        } finally {
            Files.deleteIfExists(socket);
            Files.delete(directory);
        }
    }

    /** A line that ends otherwise than it should trains something else than it should. */
    private static void expect(int status, List<String> line, Path directory, Path socket) {
        int ended = run(line, directory, socket);
        if (ended != status) {
            throw new IllegalStateException("muster " + String.join(" ", line) + " ended with status " + ended);
        }
    }

    private static int run(List<String> line, Path directory, Path socket) {
        Map<String, String> environment = new HashMap<>();
        environment.put("MUSTER_HOST", "unix://" + socket);
        environment.put("HOME", directory.toString());
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        return Muster.run(
                line,
                new Console(
                        nowhere,
                        nowhere,
                        InputStream.nullInputStream(),
                        Terminal.NONE,
                        environment,
                        directory,
                        InstantSource.system(),
                        System::nanoTime));
    }
}
