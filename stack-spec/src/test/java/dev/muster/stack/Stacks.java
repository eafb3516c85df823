package dev.muster.stack;

import dev.muster.api.ServiceSpec;
import dev.muster.api.StackSpec;
import dev.muster.stack.load.StackLoader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Builds stack files for tests: texts as f1.yml, f2.yml…, in /stack, with an environment and further files in memory. */
final class Stacks {

    private final List<StackLoader.Source> sources = new ArrayList<>();
    private final Map<String, String> environment = new TreeMap<>();
    private final Map<String, String> files = new TreeMap<>();

    static Stacks of(String... texts) {
        var stacks = new Stacks();
        for (String text : texts) {
            stacks.sources.add(new StackLoader.Source("f" + (stacks.sources.size() + 1) + ".yml", text));
        }
        return stacks;
    }

    /** A stack file with the one service {@code web} and these further lines of it, in flow style. */
    static Stacks service(String lines) {
        return of("services: {web: {image: nginx, " + lines + "}}");
    }

    Stacks with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    Stacks file(String path, String content) {
        files.put(path, content);
        return this;
    }

    private StackFiles stackFiles() {
        return new StackFiles(sources, "/stack", environment, (path, most) -> {
            String content = files.get(path);
            if (content == null) {
                throw new NoSuchFileException(path);
            }
            return content.getBytes(StandardCharsets.UTF_8);
        });
    }

    StackSpec specs() {
        return parsed().specs();
    }

    ServiceSpec web() {
        return specs().getServices(0);
    }

    StackResult.Parsed parsed() {
        return switch (stackFiles().specs("s")) {
            case StackResult.Parsed parsed -> parsed;
            case StackResult.Invalid invalid ->
                throw new AssertionError(invalid.problems().toString());
            case StackResult.Rendered _ -> throw new AssertionError();
        };
    }

    /** The problems, one per line. */
    String problems() {
        return switch (stackFiles().specs("s")) {
            case StackResult.Invalid(var problems) ->
                problems.stream().map(Object::toString).collect(Collectors.joining("\n"));
            case StackResult.Parsed parsed -> "no problem: " + parsed.specs();
            case StackResult.Rendered _ -> throw new AssertionError();
        };
    }

    String config() {
        return config(true);
    }

    String config(boolean interpolate) {
        return switch (stackFiles().config(interpolate)) {
            case StackResult.Rendered rendered -> rendered.yaml();
            case StackResult.Invalid invalid ->
                throw new AssertionError(invalid.problems().toString());
            case StackResult.Parsed _ -> throw new AssertionError();
        };
    }

    static String resource(String name) {
        try (InputStream stream = Stacks.class.getResourceAsStream("/stacks/" + name)) {
            if (stream == null) {
                throw new AssertionError("no test resource " + name);
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
