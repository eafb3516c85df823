package dev.muster.stack.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GrammarTest {

    @ParameterizedTest
    @CsvSource({
        "0, PT0S, 0s", "10s, PT10S, 10s", "1h2m3.5s, PT1H2M3.5S, 1h2m3.5s", "1500ms, PT1.5S, 1.5s",
                "100us, PT0.0001S, 100µs",
        "90s, PT1M30S, 1m30s", "2160h, PT2160H, 2160h0m0s", "-1.5s, PT-1.5S, -1.5s", "1ns, PT0.000000001S, 1ns",
                ".5s, PT0.5S, 500ms",
        "+1m, PT1M, 1m0s", "1.25ms, PT0.00125S, 1.25ms"
    })
    void durations(String text, Duration expected, String formatted) {
        assertThat(GoDuration.parse(text)).isEqualTo(expected);
        assertThat(GoDuration.format(expected)).isEqualTo(formatted);
    }

    @ParameterizedTest
    @CsvSource({
        "'', time: invalid duration \"\"",
        "1, time: missing unit in duration \"1\"",
        "1x, time: unknown unit \"x\" in duration \"1x\"",
        "s, time: invalid duration \"s\"",
        "1.2.3s, time: invalid duration \"1.2.3s\"",
        "9999999h, time: invalid duration \"9999999h\""
    })
    void brokenDurations(String text, String message) {
        assertThatThrownBy(() -> GoDuration.parse(text))
                .isInstanceOf(SyntaxFailure.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "512, 512",
        "512b, 512",
        "1k, 1024",
        "512M, 536870912",
        "1gb, 1073741824",
        "64MiB, 67108864",
        "1.5k, 1536",
        "2 t, 2199023255552",
        "1p, 1125899906842624",
        ".5k, 512"
    })
    void sizes(String text, long bytes) {
        assertThat(ByteSize.parse(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @CsvSource({
        "'', invalid size: ''",
        "-1, invalid size: '-1'",
        "5x, invalid suffix: 'x'",
        "x, invalid size: 'x'",
        "5mm, invalid suffix: 'mm'",
        "99999999p, invalid size: '99999999p' is too large"
    })
    void brokenSizes(String text, String message) {
        assertThatThrownBy(() -> ByteSize.parse(text))
                .isInstanceOf(SyntaxFailure.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource({"0.5, 500000000, 0.5", "2, 2000000000, 2", "10, 10000000000, 10", "0.000000001, 1, 0.000000001"})
    void cpus(String text, long nanos, String formatted) {
        assertThat(NanoCpus.parse(text)).isEqualTo(nanos);
        assertThat(NanoCpus.format(nanos)).isEqualTo(formatted);
    }

    @ParameterizedTest
    @CsvSource({
        "0.0000000001, value is too precise",
        "x, failed to parse x as a rational number",
        "99999999999, failed to parse 99999999999 as a number of CPUs: too large"
    })
    void brokenCpus(String text, String message) {
        assertThatThrownBy(() -> NanoCpus.parse(text))
                .isInstanceOf(SyntaxFailure.class)
                .hasMessage(message);
    }

    @Test
    void shellWords() {
        assertThat(ShellWords.split("a  'b c' \"d \\\" $e\" f\\ g '' h\"i\"j"))
                .isEqualTo(List.of("a", "b c", "d \" $e", "f g", "", "hij"));
        assertThat(ShellWords.split(" ")).isEmpty();
        assertThatThrownBy(() -> ShellWords.split("a 'b")).hasMessage("invalid command line string: a ' is not closed");
    }

    @ParameterizedTest
    @CsvSource({
        "80, |0:80/tcp",
        "8080:80/udp, |8080:80/udp",
        "127.0.0.1:53:53, 127.0.0.1|53:53/tcp",
        "127.0.0.1::53, 127.0.0.1|0:53/tcp",
        "[::1]:80:81, ::1|80:81/tcp",
        "8000-8001:90-91, |8000:90/tcp 8001:91/tcp",
        "8000-8001:90, |8000:90/tcp 8001:90/tcp",
        "90-91, |0:90/tcp 0:91/tcp"
    })
    void ports(String text, String expected) {
        PortSpec spec = PortSpec.parse(text);
        String ports = spec.ports().stream()
                .map(port ->
                        port.getPublishedPort() + ":" + port.getTargetPort() + "/" + PortSpec.word(port.getProtocol()))
                .collect(Collectors.joining(" "));
        assertThat(spec.hostIp() + "|" + ports).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "80/x", "70000", "80:", "8000-8001:90-92", "91-90", "x:80:80", "1:2:3:4"})
    void brokenPorts(String text) {
        assertThatThrownBy(() -> PortSpec.parse(text)).isInstanceOf(SyntaxFailure.class);
    }

    @ParameterizedTest
    @CsvSource({
        "nginx, nginx:latest, docker.io",
        "nginx:alpine, nginx:alpine, docker.io",
        "docker.io/library/nginx, nginx:latest, docker.io",
        "docker.io/a/b, a/b:latest, docker.io",
        "r.com/a, r.com/a:latest, r.com",
        "r.com:5000/a@sha256:1, r.com:5000/a@sha256:1, r.com:5000",
        "localhost/a, localhost/a:latest, localhost",
        "a/b:1, a/b:1, docker.io"
    })
    void images(String image, String tagged, String registry) {
        assertThat(ImageName.withTag(image)).isEqualTo(tagged);
        assertThat(ImageName.registry(image)).isEqualTo(registry);
    }

    @ParameterizedTest
    @CsvSource({"a:1@sha256:2, a:1", "a@sha256:2, a@sha256:2", "r:5000/a@sha256:2, r:5000/a@sha256:2", "a:1, a:1"})
    void imagesWithoutDigests(String image, String bare) {
        assertThat(ImageName.withoutDigest(image)).isEqualTo(bare);
    }
}
