package dev.muster.worker.image;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Debian's docker-registry on 127.0.0.1 with TLS and a password, filled by skopeo. */
public final class TestRegistry implements AutoCloseable {

    public static final String USER = "puller";
    public static final String PASSWORD = "s3cret with spaces";

    private final Path directory;
    private final int port;
    private Process process;

    private TestRegistry(Path directory, int port, Process process) {
        this.directory = directory;
        this.port = port;
        this.process = process;
    }

    /** What is missing on this machine, if anything. */
    public static Optional<String> missing() {
        for (String program : List.of("docker-registry", "skopeo", "htpasswd", "openssl")) {
            boolean found = List.of("/usr/bin/", "/usr/sbin/", "/usr/local/bin/").stream()
                    .anyMatch(each -> Files.isExecutable(Path.of(each + program)));
            if (!found) {
                return Optional.of(program + " is not installed");
            }
        }
        return Optional.empty();
    }

    public static TestRegistry start(Path directory) throws IOException, InterruptedException {
        Files.createDirectories(directory.resolve("certs"));
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        run(List.of(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=test registry",
                "-addext",
                "subjectAltName=IP:127.0.0.1,DNS:localhost",
                "-keyout",
                directory.resolve("key.pem").toString(),
                "-out",
                directory.resolve("certs/ca.crt").toString()));
        String line = run(List.of("htpasswd", "-Bbn", USER, PASSWORD));
        Files.writeString(directory.resolve("htpasswd"), line);
        Files.writeString(directory.resolve("config.yml"), """
                version: 0.1
                log: {level: warn}
                storage:
                  filesystem: {rootdirectory: %1$s/storage}
                  delete: {enabled: true}
                http:
                  addr: 127.0.0.1:%2$d
                  tls: {certificate: %1$s/certs/ca.crt, key: %1$s/key.pem}
                auth:
                  htpasswd: {realm: test, path: %1$s/htpasswd}
                """.formatted(directory, port));
        TestRegistry registry = new TestRegistry(directory, port, launch(directory));
        registry.awaitListening();
        return registry;
    }

    private static Process launch(Path directory) throws IOException {
        return new ProcessBuilder(
                        "docker-registry",
                        "serve",
                        directory.resolve("config.yml").toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("log").toFile()))
                .start();
    }

    private void awaitListening() throws IOException {
        for (int attempt = 0; attempt < 200; attempt++) {
            try (Socket probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
                if (probe.isConnected()) {
                    return;
                }
            } catch (IOException e) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
            }
        }
        throw new IOException("the registry does not listen: " + Files.readString(directory.resolve("log")));
    }

    public String host() {
        return "127.0.0.1:" + port;
    }

    public Path authority() {
        return directory.resolve("certs/ca.crt");
    }

    /** A certs.d directory that trusts this registry. */
    public Path hostsDirectory() throws IOException {
        Path hosts = directory.resolve("certs.d");
        Path own = Files.createDirectories(hosts.resolve(host()));
        Files.copy(authority(), own.resolve("ca.crt"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        return hosts;
    }

    /** The X-Registry-Auth value that opens this registry. */
    public String auth() {
        return auth(USER, PASSWORD);
    }

    public static String auth(String user, String password) {
        String json = "{\"username\":\"" + user + "\",\"password\":\"" + password + "\"}";
        return Base64.getUrlEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }

    /** Pushes a layout; returns the reference without a digest. */
    public ImageRef push(Path layout, String name) throws IOException, InterruptedException {
        run(List.of(
                "skopeo",
                "copy",
                "--all",
                "--quiet",
                "--dest-cert-dir",
                directory.resolve("certs").toString(),
                "--dest-creds",
                USER + ":" + PASSWORD,
                "oci:" + layout,
                "docker://" + host() + "/" + name));
        return ImageRef.parse(host() + "/" + name);
    }

    static String run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(new ArrayList<>(command))
                .redirectErrorStream(true)
                .start();
        String words = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException(command + ": " + words);
        }
        return words;
    }

    public void stop() {
        process.destroy();
        process.onExit().join();
    }

    public void restart() throws IOException {
        stop();
        process = launch(directory);
        awaitListening();
    }

    @Override
    public void close() {
        stop();
    }
}
