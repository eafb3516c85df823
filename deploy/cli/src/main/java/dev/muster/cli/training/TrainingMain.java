package dev.muster.cli.training;

import dev.muster.cli.Muster;
import dev.muster.cli.console.Console;
import dev.muster.cli.console.Console.Terminal;
import java.io.ByteArrayInputStream;
import java.io.IOException;
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

    private static final List<List<String>> LINES = List.of(
            List.of("--help"),
            List.of("version"),
            List.of("service", "--help"),
            List.of("service", "create", "--help"),
            List.of("service", "ls", "--bogus"),
            List.of("service", "ls"),
            List.of("service", "ls", "--format", "{{.Name}} {{json .}}"),
            List.of("service", "ps", "web"),
            List.of("service", "inspect", "web"),
            List.of("service", "inspect", "--pretty", "web"),
            List.of(
                    "service",
                    "create",
                    "-d",
                    "--name",
                    "web",
                    "--replicas",
                    "3",
                    "-p",
                    "80:80",
                    "--mount",
                    "source=a,target=/a",
                    "nginx"),
            List.of("service", "update", "-d", "--image", "nginx:2", "web"),
            List.of("service", "scale", "-d", "web=3"),
            List.of("service", "logs", "web"),
            List.of("node", "ls"),
            List.of("secret", "ls"),
            List.of("network", "ls"),
            List.of("stack", "ls"),
            List.of("stack", "services", "s"),
            List.of("stack", "ps", "s"),
            List.of("stack", "config", "-c", "-"),
            List.of("stack", "deploy", "-c", "-", "s"),
            List.of("info"),
            List.of("__complete", "service", "rm", ""));

    private static final String STACK = """
        version: "3.8"
        services:
          web:
            image: nginx:${TAG:-alpine}
            ports: ["80:80"]
            networks: [front]
            environment: {A: b}
            volumes: ["data:/data"]
            healthcheck: {test: ["CMD", "true"], interval: 30s}
            deploy:
              replicas: 3
              update_config: {parallelism: 1, delay: 10s}
              resources: {limits: {cpus: '0.5', memory: 512M}}
              placement: {constraints: [node.role == worker]}
        networks: {front: {driver: overlay}}
        volumes: {data: {driver: local}}
        """;

    private TrainingMain() {}

    public static void main(String[] arguments) throws IOException {
        Path directory = Files.createTempDirectory("muster-training");
        Path socket = directory.resolve("s");
        try (SampleDaemon _ = SampleDaemon.listen(socket)) {
            LINES.forEach(line -> run(line, directory, socket.toString()));
            run(List.of("version"), directory, directory.resolve("none").toString());
        } finally {
            Files.deleteIfExists(socket);
            Files.delete(directory);
        }
    }

    private static void run(List<String> line, Path directory, String socket) {
        Map<String, String> environment = new HashMap<>();
        environment.put("MUSTER_HOST", "unix://" + socket);
        environment.put("HOME", directory.toString());
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        var input = new ByteArrayInputStream(STACK.getBytes(StandardCharsets.UTF_8));
        Muster.run(
                line,
                new Console(
                        nowhere,
                        nowhere,
                        input,
                        Terminal.NONE,
                        environment,
                        directory,
                        InstantSource.system(),
                        System::nanoTime));
    }
}
