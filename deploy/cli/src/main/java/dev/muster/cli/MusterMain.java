package dev.muster.cli;

import dev.muster.cli.console.Console;
import dev.muster.cli.console.Console.Terminal;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;

/** The program. The launcher says which streams are terminals, which a JVM cannot find out for each alone. */
public final class MusterMain {

    private MusterMain() {}

    public static void main(String[] arguments) {
        PrintStream out = stream(FileDescriptor.out);
        PrintStream err = stream(FileDescriptor.err);
        int columns = Integer.getInteger("muster.columns", 0);
        var terminal = new Terminal(
                Boolean.getBoolean("muster.tty.in"),
                Boolean.getBoolean("muster.tty.out"),
                columns > 0 ? columns : Terminal.NONE.columns());
        var console = new Console(
                out,
                err,
                System.in,
                terminal,
                System.getenv(),
                Path.of("").toAbsolutePath(),
                InstantSource.system(),
                System::nanoTime);
        int status = Muster.run(List.of(arguments), console);
        out.flush();
        err.flush();
        // Not exit: with nothing left to run at the end, the JVM need not set up the logging of its own exit.
        Runtime.getRuntime().halt(status);
    }

    private static PrintStream stream(FileDescriptor descriptor) {
        return new PrintStream(
                new BufferedOutputStream(new FileOutputStream(descriptor), 8192), false, StandardCharsets.UTF_8);
    }
}
