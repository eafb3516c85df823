package dev.muster.cli.object;

import com.google.protobuf.ByteString;
import dev.muster.cli.command.CommandFailure;
import dev.muster.cli.console.Console;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;

/** The content of a secret or config: a file's, or what comes in on standard input. */
final class Payload {

    /** More than a secret (500 KB) or a config (1000 KB) may have: the cluster says which bound was passed. */
    private static final int MOST_BYTES = 1_100_000;

    private Payload() {}

    static ByteString read(String file, Console console) {
        boolean standard = file.equals("-");
        String name = standard ? "STDIN" : file;
        byte[] bytes;
        try (InputStream input = standard
                ? console.in()
                : Files.newInputStream(console.directory().resolve(file))) {
            bytes = input.readNBytes(MOST_BYTES + 1);
        } catch (NoSuchFileException _) {
            throw new CommandFailure("error reading from " + name + ": open " + file + ": no such file or directory");
        } catch (AccessDeniedException _) {
            throw new CommandFailure("error reading from " + name + ": open " + file + ": permission denied");
        } catch (IOException failure) {
            throw new CommandFailure("error reading from " + name + ": " + failure.getMessage());
        }
        if (bytes.length == 0) {
            throw new CommandFailure("error reading from " + name + ": data is empty");
        }
        if (bytes.length > MOST_BYTES) {
            throw new CommandFailure("error reading from " + name + ": data is larger than " + MOST_BYTES + " bytes");
        }
        return ByteString.copyFrom(bytes);
    }
}
