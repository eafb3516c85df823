package dev.muster.cli.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.cli.command.CommandFailure;
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
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryCredentialsTest {

    @TempDir
    private Path directory;

    private RegistryCredentials load(String config) throws IOException {
        Files.writeString(directory.resolve("config.json"), config);
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        Map<String, String> environment =
                Map.of("DOCKER_CONFIG", directory.toString(), "PATH", directory + ":" + System.getenv("PATH"));
        return RegistryCredentials.load(new Console(
                nowhere,
                nowhere,
                InputStream.nullInputStream(),
                Terminal.NONE,
                environment,
                directory,
                InstantSource.system(),
                System::nanoTime));
    }

    private static String decoded(String header) {
        return new String(Base64.getUrlDecoder().decode(header), StandardCharsets.UTF_8);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private void helper(String name, String script) throws IOException {
        Path program = directory.resolve("docker-credential-" + name);
        Files.writeString(program, "#!/bin/sh\n" + script);
        assertThat(program.toFile().setExecutable(true)).isTrue();
    }

    @Test
    void readsUserAndPassword() throws IOException {
        RegistryCredentials credentials =
                load("{\"auths\":{\"r.com:5000\":{\"auth\":\"" + base64("me:pa:ss") + "\"}}}");
        assertThat(decoded(credentials.header("r.com:5000")))
                .isEqualTo("{\"username\":\"me\",\"password\":\"pa:ss\",\"serveraddress\":\"r.com:5000\"}");
        assertThat(credentials.header("other.com")).isEmpty();
    }

    @Test
    void findsRegistriesUnderTheirUrls() throws IOException {
        RegistryCredentials credentials = load("{\"auths\":{\"https://r.com/v1/\":{\"auth\":\"" + base64("a:b") + "\"},"
                + "\"https://index.docker.io/v1/\":{\"auth\":\"" + base64("hub:x") + "\"}}}");
        assertThat(decoded(credentials.header("r.com"))).contains("\"username\":\"a\"");
        assertThat(decoded(credentials.header("docker.io")))
                .contains("\"username\":\"hub\"")
                .contains("https://index.docker.io/v1/");
    }

    @Test
    void readsIdentityTokens() throws IOException {
        RegistryCredentials credentials = load("{\"auths\":{\"r.com\":{\"auth\":\"\",\"identitytoken\":\"tok\"}}}");
        assertThat(decoded(credentials.header("r.com")))
                .isEqualTo("{\"identitytoken\":\"tok\",\"serveraddress\":\"r.com\"}");
    }

    @Test
    void asksTheHelperOfARegistryBeforeTheStoreOfAll() throws IOException {
        helper("one", "read host; echo \"{\\\"Username\\\":\\\"$1-$host\\\",\\\"Secret\\\":\\\"s\\\"}\"");
        helper("all", "echo '{\"Username\":\"<token>\",\"Secret\":\"t\"}'");
        RegistryCredentials credentials = load("{\"credsStore\":\"all\",\"credHelpers\":{\"r.com\":\"one\"}}");
        assertThat(decoded(credentials.header("r.com")))
                .isEqualTo("{\"username\":\"get-r.com\",\"password\":\"s\",\"serveraddress\":\"r.com\"}");
        assertThat(decoded(credentials.header("q.com")))
                .isEqualTo("{\"identitytoken\":\"t\",\"serveraddress\":\"q.com\"}");
    }

    @Test
    void aHelperThatDoesNotKnowARegistryIsNoError() throws IOException {
        helper("none", "echo 'credentials not found in native keychain'; exit 1");
        assertThat(load("{\"credsStore\":\"none\"}").header("r.com")).isEmpty();
    }

    @Test
    void saysWhichHelperFailed() throws IOException {
        helper("bad", "echo locked; exit 3");
        assertThatThrownBy(() -> load("{\"credsStore\":\"bad\"}").header("r.com"))
                .isInstanceOf(CommandFailure.class)
                .hasMessage("error getting credentials: docker-credential-bad ended with status 3: locked");
        assertThatThrownBy(() -> load("{\"credsStore\":\"missing\"}").header("r.com"))
                .isInstanceOf(CommandFailure.class)
                .hasMessageStartingWith("error getting credentials: docker-credential-missing");
        assertThatThrownBy(() -> load("{\"credsStore\":\"../x\"}").header("r.com"))
                .isInstanceOf(CommandFailure.class);
    }

    @Test
    void saysWhatIsWrongWithTheFile() {
        assertThatThrownBy(() -> load("{"))
                .hasMessageStartingWith("Error parsing config file: " + directory.resolve("config.json"));
        assertThatThrownBy(
                        () -> load("{\"auths\":{\"r.com\":{\"auth\":\"%\"}}}").header("r.com"))
                .hasMessage("Error loading config file: the auth of r.com is not base64");
    }

    @Test
    void withoutAFileThereAreNoCredentials() throws IOException {
        RegistryCredentials credentials = load("{}");
        assertThat(credentials.header("docker.io")).isEmpty();
    }
}
