package dev.muster.node;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.temporal.ChronoUnit;
import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** The daemon's log: one line an event on standard error, {@code TIME LEVEL CLASS message}, with the stack of what was thrown. */
final class LogLines extends Formatter {
    /** Libraries that tell at INFO what only they care for. Held, since loggers are collected with their levels otherwise. */
    private static final Logger[] QUIET = {
        Logger.getLogger("org.apache.ratis"), Logger.getLogger("io.grpc"), Logger.getLogger("io.netty")
    };

    /** gRPC asks for TCP keepalive on unix sockets too, and Netty warns of it at every connection. */
    private static final Logger BOOTSTRAP = Logger.getLogger("io.netty.bootstrap");

    /** Tells at every attempt, several times a second, that a member does not answer; the managers say it once. */
    private static final Logger REPLICATION = Logger.getLogger("org.apache.ratis.grpc.server");

    static void install(System.Logger.Level level) {
        Logger root = Logger.getLogger("");
        for (Handler standard : root.getHandlers()) {
            root.removeHandler(standard);
        }
        ConsoleHandler handler = new ConsoleHandler();
        handler.setFormatter(new LogLines());
        handler.setLevel(Level.ALL);
        root.addHandler(handler);
        root.setLevel(Level.INFO);
        for (Logger library : QUIET) {
            library.setLevel(level == System.Logger.Level.DEBUG ? Level.INFO : Level.WARNING);
        }
        BOOTSTRAP.setLevel(Level.SEVERE);
        REPLICATION.setLevel(level == System.Logger.Level.DEBUG ? Level.INFO : Level.SEVERE);
        Logger.getLogger("dev.muster")
                .setLevel(
                        switch (level) {
                            case ALL, TRACE, DEBUG -> Level.ALL;
                            case INFO -> Level.INFO;
                            case WARNING -> Level.WARNING;
                            case ERROR, OFF -> Level.SEVERE;
                        });
    }

    @Override
    public String format(LogRecord event) {
        String name = event.getLoggerName() == null ? "" : event.getLoggerName();
        StringBuilder line = new StringBuilder()
                .append(event.getInstant().truncatedTo(ChronoUnit.MILLIS))
                .append(' ')
                .append(levelName(event.getLevel()))
                .append(' ')
                .append(name.substring(name.lastIndexOf('.') + 1))
                .append(' ')
                .append(formatMessage(event))
                .append('\n');
        if (event.getThrown() != null) {
            StringWriter stack = new StringWriter();
            event.getThrown().printStackTrace(new PrintWriter(stack, true));
            line.append(stack);
        }
        return line.toString();
    }

    private static String levelName(Level level) {
        if (level.intValue() >= Level.SEVERE.intValue()) {
            return "ERROR";
        }
        if (level.intValue() >= Level.WARNING.intValue()) {
            return "WARN ";
        }
        return level.intValue() >= Level.INFO.intValue() ? "INFO " : "DEBUG";
    }
}
