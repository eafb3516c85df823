package dev.muster.worker.log;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.muster.api.LogStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.TreeSet;

/**
 * One container's log files, one JSON object a line as Docker writes them. Files are numbered and never renamed; the
 * highest is being written, the lowest go first. Not thread safe.
 */
final class JsonLog implements AutoCloseable {

    private static final JsonFactory JSON = new JsonFactory();
    private static final String PREFIX = "json.";

    private final Path directory;
    private final JsonFileOptions options;
    private final ByteArrayOutputStream entry = new ByteArrayOutputStream();
    private final ByteArrayOutputStream batch = new ByteArrayOutputStream();
    private FileChannel file;
    private long generation;
    private long length;

    /** Goes on exactly where a position says: what was written after it is cut off. */
    JsonLog(Path directory, JsonFileOptions options, LogPosition position) throws IOException {
        this.directory = directory;
        this.options = options;
        this.generation = position.generation();
        this.length = position.length();
        for (long each : generations(directory)) {
            if (each > generation) {
                Files.deleteIfExists(file(directory, each));
            }
        }
        file = open(generation);
        file.truncate(length);
        length = Math.min(length, file.size());
    }

    static Path file(Path directory, long generation) {
        return directory.resolve(PREFIX + generation);
    }

    /** The numbers of the files there are, ascending. */
    static List<Long> generations(Path directory) throws IOException {
        TreeSet<Long> result = new TreeSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, PREFIX + "*")) {
            for (Path each : files) {
                result.add(Long.parseLong(each.getFileName().toString().substring(PREFIX.length())));
            }
        }
        return List.copyOf(result);
    }

    private FileChannel open(long number) throws IOException {
        return FileChannel.open(
                file(directory, number),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.APPEND);
    }

    long generation() {
        return generation;
    }

    /** Of what is in the file; lines of an open batch are not counted. */
    long length() {
        return length;
    }

    void append(Instant time, LogStream stream, byte[] bytes, int from, int to) throws IOException {
        try (JsonGenerator json = JSON.createGenerator(entry, JsonEncoding.UTF8)) {
            json.writeStartObject();
            json.writeStringField("log", new String(bytes, from, to - from, StandardCharsets.UTF_8));
            json.writeStringField("stream", stream == LogStream.LOG_STDERR ? "stderr" : "stdout");
            json.writeStringField("time", time.toString());
            json.writeEndObject();
        }
        entry.write('\n');
        long filled = length + batch.size();
        if (filled > 0 && filled + entry.size() > options.maxSizeBytes()) {
            flush();
            rotate();
        }
        entry.writeTo(batch);
        entry.reset();
    }

    /** Writes the batch; its lines can be read from then on. */
    void flush() throws IOException {
        if (batch.size() == 0) {
            return;
        }
        ByteBuffer bytes = ByteBuffer.wrap(batch.toByteArray());
        while (bytes.hasRemaining()) {
            file.write(bytes);
        }
        length += batch.size();
        batch.reset();
    }

    private void rotate() throws IOException {
        file.close();
        generation++;
        length = 0;
        file = open(generation);
        file.truncate(0);
        for (long each : generations(directory)) {
            if (each <= generation - options.maxFiles()) {
                Files.deleteIfExists(file(directory, each));
            }
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
