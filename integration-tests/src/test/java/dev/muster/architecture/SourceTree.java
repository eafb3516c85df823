package dev.muster.architecture;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/** The repository's own Java sources, parsed by the compiler's parser. */
final class SourceTree {
    private static final List<String> MODULES = List.of(
            "proto",
            "stack-spec",
            "overlay-net",
            "manager",
            "worker",
            "deploy/cli",
            "deploy/node",
            "integration-tests");

    private SourceTree() {}

    static Path root() {
        Path here = Path.of("").toAbsolutePath();
        while (!Files.exists(here.resolve("CONTRIBUTING.md")) || !Files.exists(here.resolve("proto"))) {
            here = here.getParent();
            if (here == null) {
                throw new IllegalStateException("run inside the repository");
            }
        }
        return here;
    }

    /** Source files, by their path below the root. */
    static List<Path> files() {
        List<Path> files = new ArrayList<>();
        for (String module : MODULES) {
            try (Stream<Path> walk = Files.walk(root().resolve(module).resolve("src"))) {
                walk.filter(p -> p.toString().endsWith(".java")).sorted().forEach(files::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return files;
    }

    static List<CompilationUnitTree> parse(List<Path> files) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        var units = compiler.getStandardFileManager(null, null, null).getJavaFileObjectsFromPaths(files);
        JavacTask task = (JavacTask) compiler.getTask(null, null, d -> {}, List.of("-proc:none"), null, units);
        List<CompilationUnitTree> parsed = new ArrayList<>();
        try {
            task.parse().forEach(parsed::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return parsed;
    }

    static String lines(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
