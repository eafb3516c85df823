package dev.muster.cli.stack;

import dev.muster.cli.command.CommandFailure;
import dev.muster.cli.command.Invocation;
import dev.muster.cli.console.Console;
import dev.muster.cli.flag.Arguments;
import dev.muster.stack.StackFiles;
import dev.muster.stack.StackResult;
import dev.muster.stack.load.StackLoader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The stack files that {@code --compose-file} names, read from disk or standard input. */
final class StackSources {

    private static final String STANDARD_INPUT = "-";
    private static final int MOST_BYTES = 5 << 20;

    private StackSources() {}

    static StackFiles read(Invocation invocation) {
        Console console = invocation.console();
        List<String> names = names(invocation.arguments());
        if (names.isEmpty()) {
            throw new CommandFailure("Specify a Compose file (with --compose-file)");
        }
        List<StackLoader.Source> sources = new ArrayList<>();
        names.forEach(name -> sources.add(source(name, console)));
        Path directory = console.directory();
        if (!names.getFirst().equals(STANDARD_INPUT)) {
            Path parent = directory
                    .resolve(names.getFirst())
                    .toAbsolutePath()
                    .normalize()
                    .getParent();
            directory = parent == null ? directory : parent;
        }
        return new StackFiles(sources, directory.toString(), console.environment(), StackSources::bytes);
    }

    /** Several in one value, comma separated, are several. */
    private static List<String> names(Arguments arguments) {
        return arguments.list("compose-file").stream()
                .flatMap(value -> List.of(value.split(",")).stream())
                .toList();
    }

    private static StackLoader.Source source(String name, Console console) {
        boolean standard = name.equals(STANDARD_INPUT);
        try {
            byte[] bytes = standard
                    ? console.in().readNBytes(MOST_BYTES)
                    : bytes(console.directory().resolve(name).toString(), MOST_BYTES);
            return new StackLoader.Source(standard ? "<stdin>" : name, new String(bytes, StandardCharsets.UTF_8));
        } catch (NoSuchFileException _) {
            throw new CommandFailure("open " + name + ": no such file or directory");
        } catch (IOException failure) {
            throw new CommandFailure("open " + name + ": " + failure.getMessage());
        }
    }

    private static byte[] bytes(String path, int most) throws IOException {
        try (InputStream input = Files.newInputStream(Path.of(path))) {
            return input.readNBytes(most + 1);
        }
    }

    static CommandFailure failure(StackResult.Invalid invalid) {
        return new CommandFailure(
                invalid.problems().stream().map(Object::toString).collect(Collectors.joining("\n")));
    }
}
