package dev.muster.cli.value;

import dev.muster.cli.command.CommandFailure;
import dev.muster.cli.console.Console;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Variables from {@code --env-file} and {@code --env}; one without a value takes the caller's. */
public final class EnvFile {

    private static final long MOST_BYTES = 1 << 20;

    private EnvFile() {}

    public static List<String> read(String name, Console console) {
        Path path = console.directory().resolve(name);
        List<String> lines;
        try {
            if (Files.size(path) > MOST_BYTES) {
                throw new CommandFailure("env file " + name + " is larger than " + MOST_BYTES + " bytes");
            }
            lines = Files.readString(path).lines().toList();
        } catch (NoSuchFileException _) {
            throw new CommandFailure("open " + name + ": no such file or directory");
        } catch (CharacterCodingException _) {
            throw new CommandFailure("env file " + name + " contains invalid utf8 bytes");
        } catch (IOException failure) {
            throw new CommandFailure("open " + name + ": " + failure.getMessage());
        }
        List<String> variables = new ArrayList<>();
        for (String raw : lines) {
            String line = (raw.startsWith("\uFEFF") ? raw.substring(1) : raw).stripLeading();
            if (!line.isEmpty() && !line.startsWith("#")) {
                variable(line, name, console).ifPresent(variables::add);
            }
        }
        return variables;
    }

    private static Optional<String> variable(String line, String file, Console console) {
        String key = Pairs.key(line);
        if (key.isEmpty()) {
            throw new CommandFailure("env file " + file + ": no variable name on line '" + line + "'");
        }
        if (key.chars().anyMatch(Character::isWhitespace)) {
            throw new CommandFailure("env file " + file + ": variable '" + key + "' contains whitespaces");
        }
        if (line.contains("=")) {
            return Optional.of(line);
        }
        return Optional.ofNullable(console.environment().get(key)).map(value -> key + "=" + value);
    }

    /** A value of {@code --env}: a name alone takes the caller's value; without one it stays alone. */
    public static String expand(String variable, Console console) {
        String value = console.environment().get(variable);
        return variable.contains("=") || value == null ? variable : variable + "=" + value;
    }
}
