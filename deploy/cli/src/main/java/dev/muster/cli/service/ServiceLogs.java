package dev.muster.cli.service;

import com.google.protobuf.Timestamp;
import dev.muster.api.GetTaskRequest;
import dev.muster.api.GetTaskResponse;
import dev.muster.api.LogMessage;
import dev.muster.api.LogOptions;
import dev.muster.api.LogSelector;
import dev.muster.api.LogStream;
import dev.muster.api.Service;
import dev.muster.api.ServiceLogsRequest;
import dev.muster.api.ServiceLogsResponse;
import dev.muster.cli.command.CommandFailure;
import dev.muster.cli.command.Invocation;
import dev.muster.cli.flag.Flags;
import dev.muster.cli.transport.DaemonFailure;
import dev.muster.stack.grammar.GoDuration;
import dev.muster.stack.grammar.SyntaxFailure;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** {@code service logs}: the output of all tasks of a service, or of one task, each line with where it comes from. */
final class ServiceLogs {

    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSSSSS'Z'").withZone(ZoneOffset.UTC);

    private final Invocation invocation;
    private final LogPrefixes prefixes;

    private ServiceLogs(Invocation invocation) {
        this.invocation = invocation;
        this.prefixes = new LogPrefixes(invocation);
    }

    static Flags flags() {
        return new Flags()
                .bool("details", "Show the attributes of each line")
                .bool("follow", 'f', "Go on with what comes")
                .bool("no-resolve", "Show ids, not names")
                .bool("no-task-ids", "Show no task ids")
                .bool("no-trunc", "Show ids in full")
                .bool("raw", "Show the bytes as they are, without where they come from")
                .text("since", "From this time on: a timestamp, or a duration such as 42m")
                .text("tail", 'n', "string", "all", "Number of last lines of each task")
                .bool("timestamps", 't', "Show the time of each line");
    }

    static int run(Invocation invocation) {
        new ServiceLogs(invocation).print();
        return 0;
    }

    private void print() {
        String name = invocation.arguments().first();
        LogSelector selector;
        boolean tty;
        try {
            Service service = ServiceCommands.get(invocation, name);
            selector = LogSelector.newBuilder().addServiceIds(service.getId()).build();
            tty = service.getSpec().getTask().getContainer().getTty();
        } catch (DaemonFailure failure) {
            if (!failure.isNotFound()) {
                throw failure;
            }
            GetTaskResponse found = task(name);
            selector =
                    LogSelector.newBuilder().addTaskIds(found.getTask().getId()).build();
            tty = found.getRevision().getTask().getContainer().getTty();
        }
        if (tty && !invocation.is("raw")) {
            throw new CommandFailure("tty service logs only supported with --raw");
        }
        var request = ServiceLogsRequest.newBuilder()
                .setSelector(selector)
                .setOptions(options())
                .build();
        invocation.daemon().stream("ServiceLogs", request, ServiceLogsResponse.parser(), this::print);
    }

    private GetTaskResponse task(String name) {
        try {
            var request = GetTaskRequest.newBuilder().setId(name).build();
            return invocation.daemon().control("GetTask", request, GetTaskResponse.parser());
        } catch (DaemonFailure failure) {
            throw failure.isNotFound() ? new CommandFailure("no such task or service: " + name) : failure;
        }
    }

    private LogOptions options() {
        LogOptions.Builder options =
                LogOptions.newBuilder().setStdout(true).setStderr(true).setFollow(invocation.is("follow"));
        String tail = invocation.text("tail");
        if (tail.matches("[0-9]{1,18}")) {
            options.setTail(Long.parseLong(tail));
        } else if (!tail.equals("all")) {
            throw new CommandFailure("invalid --tail \"" + tail + "\": expected a number of lines, or all");
        }
        invocation.arguments().find("since").ifPresent(since -> options.setSince(time(since)));
        return options.build();
    }

    /** A duration back from now, seconds since 1970, or RFC 3339 with the finer parts optional. */
    private Timestamp time(String text) {
        Instant instant;
        if (text.matches("[0-9]{1,12}(\\.[0-9]{1,9})?")) {
            java.math.BigDecimal seconds = new java.math.BigDecimal(text);
            instant = Instant.ofEpochSecond(
                    seconds.longValue(),
                    seconds.remainder(java.math.BigDecimal.ONE)
                            .movePointRight(9)
                            .longValue());
        } else {
            try {
                instant = invocation.console().clock().instant().minus(GoDuration.parse(text));
            } catch (SyntaxFailure _) {
                instant = date(text);
            }
        }
        return Timestamp.newBuilder()
                .setSeconds(instant.getEpochSecond())
                .setNanos(instant.getNano())
                .build();
    }

    private static Instant date(String text) {
        try {
            if (text.length() <= 10) {
                return LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
            }
            boolean zoned = text.endsWith("Z") || text.matches(".*[+-][0-9]{2}:[0-9]{2}");
            return zoned
                    ? OffsetDateTime.parse(text).toInstant()
                    : LocalDateTime.parse(text).toInstant(ZoneOffset.UTC);
        } catch (DateTimeException _) {
            throw new CommandFailure("invalid value for \"since\": \"" + text
                    + "\": expected a duration such as 42m, or a time such as 2006-01-02T15:04:05Z");
        }
    }

    private void print(ServiceLogsResponse response) {
        for (LogMessage message : response.getMessagesList()) {
            PrintStream out = message.getStream() == LogStream.LOG_STDERR
                    ? invocation.console().err()
                    : invocation.console().out();
            print(message, out);
        }
        if (!response.getWarning().isEmpty()) {
            invocation
                    .console()
                    .warn("warning: incomplete log stream. some logs could not be retrieved for the following reasons: "
                            + response.getWarning());
        }
        invocation.console().out().flush();
        invocation.console().err().flush();
    }

    private void print(LogMessage message, PrintStream out) {
        StringBuilder before = new StringBuilder();
        if (invocation.is("timestamps")) {
            Timestamp time = message.getTimestamp();
            before.append(STAMP.format(Instant.ofEpochSecond(time.getSeconds(), time.getNanos())))
                    .append(' ');
        }
        boolean raw = invocation.is("raw");
        if (!raw) {
            before.append(prefixes.of(message.getContext())).append("    | ");
        }
        if (invocation.is("details") && message.getAttributesCount() > 0) {
            before.append(details(message.getAttributesMap())).append(' ');
        }
        byte[] line = message.getLine().toByteArray();
        byte[] start = before.toString().getBytes(StandardCharsets.UTF_8);
        out.write(start, 0, start.length);
        out.write(line, 0, line.length);
        if (!raw && (line.length == 0 || line[line.length - 1] != '\n')) {
            out.write('\n');
        }
    }

    private static String details(Map<String, String> attributes) {
        return new TreeMap<>(attributes)
                .entrySet().stream()
                        .map(attribute -> attribute.getKey() + "=" + attribute.getValue())
                        .collect(Collectors.joining(","));
    }
}
