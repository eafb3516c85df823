package dev.muster.cli.swarm;

import dev.muster.cli.command.CommandFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A file with certificates or a key, which the user names. The managers say whether it makes sense. */
final class PemFile {

    /** A chain and its keys are a few kilobytes. */
    private static final int MOST_BYTES = 256 * 1024;

    private PemFile() {}

    static String read(String name) {
        try {
            Path file = Path.of(name);
            if (Files.size(file) > MOST_BYTES) {
                throw new CommandFailure(name + " is too large for a certificate or a key");
            }
            String text = Files.readString(file, StandardCharsets.ISO_8859_1);
            if (!text.contains("-----BEGIN ")) {
                throw new CommandFailure(name + " is not a PEM file: it has no line that starts with -----BEGIN");
            }
            return text;
        } catch (NoSuchFileException _) {
            throw new CommandFailure("open " + name + ": no such file or directory");
        } catch (IOException | InvalidPathException failure) {
            throw new CommandFailure("could not read " + name + ": " + failure.getMessage());
        }
    }
}
