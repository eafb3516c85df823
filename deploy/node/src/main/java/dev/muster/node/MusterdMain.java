package dev.muster.node;

import dev.muster.manager.Sources;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.SplittableRandom;
import picocli.CommandLine;

/** Entry of {@code musterd}: reads the options, names the real clocks and randomness, and runs until it is told to stop. */
public final class MusterdMain {
    private static final System.Logger LOG;

    static {
        // Before the first logger; and not by a call of the class, whose parent would look for the property first.
        System.setProperty("java.util.logging.manager", LastingLog.class.getName());
        LOG = System.getLogger(MusterdMain.class.getName());
    }

    private MusterdMain() {}

    public static void main(String[] args) {
        DaemonOptions options = new DaemonOptions();
        CommandLine command = new CommandLine(options).setCaseInsensitiveEnumValuesAllowed(true);
        try {
            command.parseArgs(args);
        } catch (CommandLine.ParameterException e) {
            System.err.println("musterd: " + e.getMessage() + "\nTry 'musterd --help'.");
            System.exit(2);
        }
        if (options.help) {
            command.usage(System.out);
            return;
        }
        BuildFacts build = BuildFacts.read();
        if (options.version) {
            System.out.println("musterd " + build.version() + " (" + build.commit() + ")");
            return;
        }
        LogLines.install(options.logLevel);
        try {
            run(options, build);
        } catch (RuntimeException e) {
            fail(System.err, options, e);
            System.exit(1);
        }
    }

    private static void run(DaemonOptions options, BuildFacts build) {
        FileChannel lock = lock(options.dataDir);
        Sources sources =
                new Sources(InstantSource.system(), System::nanoTime, new SplittableRandom(), new SecureRandom());
        Host host = Host.start(options, build, sources);
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("stop").unstarted(() -> {
            LOG.log(System.Logger.Level.INFO, "stopping; containers go on");
            host.close();
            release(lock);
        }));
        host.serve();
    }

    /** One daemon a data directory: a second one would take the first one's containers for leftovers. */
    private static FileChannel lock(Path dataDir) {
        try {
            Files.createDirectories(
                    dataDir, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            FileChannel channel =
                    FileChannel.open(dataDir.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (channel.tryLock() == null) {
                throw new IllegalStateException(
                        "another musterd uses " + dataDir + ": stop it, or give this one a --data-dir of its own");
            }
            return channel;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot use " + dataDir + " as data directory: " + e.getMessage(), e);
        }
    }

    private static void release(FileChannel lock) {
        try {
            lock.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "the lock file: {0}", e.getMessage());
        }
    }

    private static void fail(PrintStream err, DaemonOptions options, RuntimeException e) {
        if (options.logLevel == System.Logger.Level.DEBUG) {
            e.printStackTrace(err);
        }
        err.println("musterd: " + (e.getMessage() == null ? e : e.getMessage()));
    }
}
