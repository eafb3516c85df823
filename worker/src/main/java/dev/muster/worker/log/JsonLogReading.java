package dev.muster.worker.log;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.muster.api.LogStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * One reading of one container's log, from where the query begins to its end, and on if it follows. A reader that is so
 * slow that files go before it comes to them goes on with the oldest that is left.
 */
final class JsonLogReading {

    private static final JsonFactory JSON = new JsonFactory();
    private static final int BLOCK_BYTES = 64 << 10;

    /** A wakeup might be missed only by a bug; then lines come this much late. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final SpooledLog log;
    private final LogQuery query;
    private final LogSink sink;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private long generation;
    private long offset;
    private boolean refused;

    JsonLogReading(SpooledLog log, LogQuery query, LogSink sink) {
        this.log = log;
        this.query = query;
        this.sink = sink;
    }

    void run() throws IOException, InterruptedException {
        SpooledLog.Extent extent = log.extent();
        begin(extent);
        while (true) {
            readTo(extent);
            if (refused || !query.follow()) {
                return;
            }
            SpooledLog.Extent now = log.extent();
            if (now.equals(extent)) {
                if (extent.complete()) {
                    return;
                }
                log.awaitBeyond(extent, PATIENCE.toNanos());
                now = log.extent();
            }
            extent = now;
        }
    }

    /** Sets the position from which the wanted number of last lines remains. */
    private void begin(SpooledLog.Extent extent) throws IOException {
        List<Long> files = new ArrayList<>(JsonLog.generations(log.directory()));
        files.removeIf(each -> each > extent.generation());
        generation = files.isEmpty() ? extent.generation() : files.getFirst();
        offset = 0;
        if (query.tail().isEmpty()) {
            return;
        }
        long wanted = query.tail().getAsLong();
        if (wanted == 0) {
            generation = extent.generation();
            offset = extent.length();
            return;
        }
        for (long file : files.reversed()) {
            Path path = JsonLog.file(log.directory(), file);
            try (RandomAccessFile in = new RandomAccessFile(path.toFile(), "r")) {
                long end = file == extent.generation() ? extent.length() : in.length();
                Tail tail = tail(in, end, wanted);
                generation = file;
                offset = tail.offset();
                wanted -= tail.lines();
            }
            if (wanted == 0) {
                return;
            }
        }
    }

    private record Tail(long offset, long lines) {}

    /** The begin of the last {@code wanted} lines before {@code end}, or of the file; and how many these are. */
    private static Tail tail(RandomAccessFile in, long end, long wanted) throws IOException {
        byte[] block = new byte[BLOCK_BYTES];
        long lines = 0;
        for (long blockEnd = end; blockEnd > 0; ) {
            int size = (int) Math.min(BLOCK_BYTES, blockEnd);
            in.seek(blockEnd - size);
            in.readFully(block, 0, size);
            for (int at = size - 1; at >= 0; at--) {
                if (block[at] == '\n') {
                    if (lines == wanted) {
                        return new Tail(blockEnd - size + at + 1, lines);
                    }
                    lines++;
                }
            }
            blockEnd -= size;
        }
        return new Tail(0, lines);
    }

    private void readTo(SpooledLog.Extent extent) throws IOException, InterruptedException {
        while (!refused && (generation < extent.generation() || offset < extent.length())) {
            Path path = JsonLog.file(log.directory(), generation);
            try (RandomAccessFile in = new RandomAccessFile(path.toFile(), "r")) {
                long end = generation == extent.generation() ? extent.length() : in.length();
                readFile(in, end);
            } catch (java.io.FileNotFoundException | NoSuchFileException e) {
                line.reset();
            }
            if (generation == extent.generation()) {
                return;
            }
            generation = nextFile(extent);
            offset = 0;
        }
    }

    private long nextFile(SpooledLog.Extent extent) throws IOException {
        for (long each : JsonLog.generations(log.directory())) {
            if (each > generation) {
                return Math.min(each, extent.generation());
            }
        }
        return extent.generation();
    }

    private void readFile(RandomAccessFile in, long end) throws IOException, InterruptedException {
        byte[] block = new byte[BLOCK_BYTES];
        in.seek(offset);
        while (offset < end && !refused) {
            int count = in.read(block, 0, (int) Math.min(BLOCK_BYTES, end - offset));
            if (count < 0) {
                return;
            }
            int from = 0;
            for (int at = 0; at < count && !refused; at++) {
                if (block[at] == '\n') {
                    line.write(block, from, at - from);
                    from = at + 1;
                    handOn();
                }
            }
            line.write(block, from, count - from);
            offset += count;
        }
    }

    private void handOn() throws IOException, InterruptedException {
        byte[] json = line.toByteArray();
        line.reset();
        LogLine parsed = parse(json);
        if (query.wants(parsed) && !sink.accept(parsed)) {
            refused = true;
        }
    }

    private static LogLine parse(byte[] json) throws IOException {
        String text = "";
        LogStream stream = LogStream.LOG_STDOUT;
        Instant time = Instant.EPOCH;
        try (JsonParser parser = JSON.createParser(json)) {
            while (parser.nextToken() != null) {
                if (parser.currentToken() == JsonToken.FIELD_NAME) {
                    String name = parser.currentName();
                    parser.nextToken();
                    switch (name) {
                        case "log" -> text = parser.getText();
                        case "stream" ->
                            stream = parser.getText().equals("stderr") ? LogStream.LOG_STDERR : LogStream.LOG_STDOUT;
                        case "time" -> time = Instant.parse(parser.getText());
                        default -> parser.skipChildren();
                    }
                }
            }
        }
        return new LogLine(time, stream, text);
    }
}
