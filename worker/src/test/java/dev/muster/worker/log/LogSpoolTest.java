package dev.muster.worker.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.api.Driver;
import dev.muster.api.LogStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The way from spool files, which these tests write as the script would, to readers. */
class LogSpoolTest {

    private static final long FIRST = 1_000_000_000L;
    private static final Driver DEFAULT = Driver.getDefaultInstance();

    @TempDir
    Path directory;

    private void write(String segment, String text) throws IOException {
        Files.writeString(
                directory.resolve("c1/spool").resolve(segment),
                text,
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }

    private void end() throws IOException {
        write("out.end", "");
        write("err.end", "");
    }

    private LogSpool open() {
        return LogSpool.open(directory, InstantSource.system());
    }

    private static List<String> texts(LogSpool spool, LogQuery query) throws InterruptedException {
        List<String> result = new ArrayList<>();
        spool.read("c1", query, line -> result.add(line.text()));
        return result;
    }

    static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("time is over").isLessThan(end);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    @Test
    void keepsTheStreamsApartAndReadsWhatIsWanted() throws Exception {
        try (LogSpool spool = open()) {
            assertThat(spool.prepare("c1", DEFAULT)).contains("binary://" + directory.toRealPath() + "/spool.sh");
            write("out." + FIRST, "one\ntwo\n");
            write("err." + FIRST, "bad\n");
            assertThat(texts(spool, LogQuery.everything())).containsExactlyInAnyOrder("one\n", "two\n", "bad\n");
            assertThat(texts(spool, query(false, true, OptionalLong.empty()))).containsExactly("bad\n");
            assertThat(texts(spool, query(true, true, OptionalLong.of(1)))).hasSize(1);
            assertThat(texts(spool, query(true, true, OptionalLong.of(0)))).isEmpty();
            assertThat(texts(spool, query(true, true, OptionalLong.of(100)))).hasSize(3);
            Optional<Instant> later = Optional.of(Instant.now().plusSeconds(60));
            assertThat(texts(spool, new LogQuery(true, true, false, OptionalLong.empty(), later, Optional.empty())))
                    .isEmpty();
            assertThat(texts(spool, new LogQuery(true, true, false, OptionalLong.empty(), Optional.empty(), later)))
                    .hasSize(3);
        }
    }

    private static LogQuery query(boolean stdout, boolean stderr, OptionalLong tail) {
        return new LogQuery(stdout, stderr, false, tail, Optional.empty(), Optional.empty());
    }

    @Test
    void joinsLinesAcrossSegmentsAndCutsLongOnesAsDockerDoes() throws Exception {
        try (LogSpool spool = open()) {
            spool.prepare("c1", DEFAULT);
            write("out." + FIRST, "be");
            write("out." + (FIRST + 1), "gin\n" + "x".repeat(20_000) + "\nrest");
            assertThat(texts(spool, LogQuery.everything()))
                    .containsExactly("begin\n", "x".repeat(16_384), "x".repeat(20_000 - 16_384) + "\n");
            end();
            await(() -> readAll(spool).size() == 4);
            assertThat(readAll(spool).getLast())
                    .as("what follows the last newline comes at the end")
                    .isEqualTo("rest");
            await(() -> !Files.exists(directory.resolve("c1/spool/out." + FIRST)));
        }
    }

    private static List<String> readAll(LogSpool spool) {
        try {
            return texts(spool, LogQuery.everything());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void followsUntilTheContainerEnds() throws Exception {
        try (LogSpool spool = open()) {
            spool.prepare("c1", DEFAULT);
            List<String> seen = Collections.synchronizedList(new ArrayList<>());
            Thread reader = Thread.ofVirtual().start(() -> {
                try {
                    spool.read("c1", LogQuery.everything().following(), line -> seen.add(line.text()));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            write("out." + FIRST, "one\n");
            await(() -> seen.size() == 1);
            write("out." + FIRST, "two\n");
            await(() -> seen.size() == 2);
            write("err." + FIRST, "last");
            end();
            assertThat(reader.join(Duration.ofSeconds(20))).as("reading ended").isTrue();
            assertThat(seen).containsExactly("one\n", "two\n", "last");
        }
    }

    @Test
    void neitherLosesNorDoublesALineHoweverTheProcessEnds() throws Exception {
        try (LogSpool spool = open()) {
            spool.prepare("c1", DEFAULT);
            write("out." + FIRST, "1\n2\nhal");
            await(() -> readAll(spool).size() == 2);
        }
        // What a killed process may leave: lines in the log that the position does not know.
        Path log = directory.resolve("c1/json.1");
        Files.writeString(log, Files.readString(log) + "{\"log\":\"3\\n\",\"stream\"", StandardOpenOption.WRITE);
        Files.writeString(directory.resolve("c1/json.2"), "{\"log\":\"4\\n\"}\n");
        write("out." + FIRST, "f\n");
        write("out." + (FIRST + 1), "5\n");
        try (LogSpool spool = open()) {
            await(() -> readAll(spool).size() == 4);
            assertThat(readAll(spool)).containsExactly("1\n", "2\n", "half\n", "5\n");
        }
    }

    @Test
    void saysWhereOutputWasPushedOutOfTheSpool() throws Exception {
        try (LogSpool spool = open()) {
            spool.prepare("c1", DEFAULT);
            write("out." + FIRST, "1\n");
            await(() -> readAll(spool).size() == 1);
        }
        Files.delete(directory.resolve("c1/spool/out." + FIRST));
        write("out." + (FIRST + 7), "9\n");
        try (LogSpool spool = open()) {
            await(() -> readAll(spool).size() == 3);
            assertThat(readAll(spool).get(1)).contains("output was dropped here");
            assertThat(readAll(spool)).startsWith("1\n").endsWith("9\n");
        }
    }

    @Test
    void stampsLinesThatWaitedWithTheTimeTheyWereWritten() throws Exception {
        try (LogSpool spool = open()) {
            spool.prepare("c1", DEFAULT);
        }
        write("out." + FIRST, "old\n");
        Instant then = Instant.now().minusSeconds(3600);
        Files.setLastModifiedTime(
                directory.resolve("c1/spool/out." + FIRST), java.nio.file.attribute.FileTime.from(then));
        try (LogSpool spool = open()) {
            List<LogLine> lines = new ArrayList<>();
            await(() -> readAll(spool).size() == 1);
            spool.read("c1", LogQuery.everything(), lines::add);
            assertThat(Duration.between(then, lines.getFirst().time()).abs()).isLessThan(Duration.ofSeconds(1));
            assertThat(lines.getFirst().stream()).isEqualTo(LogStream.LOG_STDOUT);
        }
    }

    @Test
    void rotatesAndKeepsNoMoreThanAskedFor() throws Exception {
        try (LogSpool spool = open()) {
            spool.prepare(
                    "c1",
                    Driver.newBuilder()
                            .setName("json-file")
                            .putOptions("max-size", "256k")
                            .putOptions("max-file", "2")
                            .build());
            StringBuilder text = new StringBuilder();
            for (int line = 0; line < 20_000; line++) {
                text.append("line number ").append(line).append('\n');
            }
            write("out." + FIRST, text.toString());
            end();
            await(() -> readAll(spool).getLast().equals("line number 19999\n"));
            assertThat(JsonLog.generations(directory.resolve("c1"))).hasSize(2);
            for (long each : JsonLog.generations(directory.resolve("c1"))) {
                assertThat(Files.size(directory.resolve("c1/json." + each))).isLessThanOrEqualTo(256 << 10);
            }
            List<String> lines = readAll(spool);
            assertThat(texts(spool, query(true, true, OptionalLong.of(3000))))
                    .isEqualTo(lines.subList(lines.size() - 3000, lines.size()));
        }
    }

    @Test
    void refusesDriversAndOptionsThatItDoesNotHave() throws Exception {
        try (LogSpool spool = open()) {
            assertThatThrownBy(() -> spool.prepare(
                            "c1", Driver.newBuilder().setName("syslog").build()))
                    .isInstanceOf(LogFailure.class)
                    .hasMessageContaining("not supported yet");
            assertThatThrownBy(() -> spool.prepare(
                            "c1", Driver.newBuilder().putOptions("labels", "x").build()))
                    .hasMessageContaining("'labels'");
            assertThatThrownBy(() -> spool.prepare(
                            "c1",
                            Driver.newBuilder().putOptions("max-size", "many").build()))
                    .hasMessageContaining("max-size");
            assertThat(spool.prepare("c1", Driver.newBuilder().setName("none").build()))
                    .isEmpty();
            assertThatThrownBy(() -> texts(spool, LogQuery.everything()))
                    .hasMessageContaining("does not support reading");
            spool.remove("c1");
            assertThatThrownBy(() -> texts(spool, LogQuery.everything())).hasMessageContaining("no log");
        }
    }
}
