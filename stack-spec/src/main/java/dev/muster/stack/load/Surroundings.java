package dev.muster.stack.load;

import dev.muster.stack.document.Problems;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a stack file is read in: the directory that relative paths start from, the environment, the files, and where
 * problems and warnings go.
 */
public record Surroundings(
        String directory, Map<String, String> environment, FileReader files, Problems problems, List<String> warnings) {

    public Surroundings(String directory, Map<String, String> environment, FileReader files) {
        this(directory, Map.copyOf(environment), files, new Problems(), new ArrayList<>());
    }

    /** A path as the user wrote it, made absolute: ~ is the home directory, relative ones start at the stack file. */
    String absolute(String path) {
        String home = environment.getOrDefault("HOME", "");
        String expanded = path;
        if (!home.isEmpty() && (path.equals("~") || path.startsWith("~/"))) {
            expanded = home + path.substring(1);
        }
        return Path.of(directory).resolve(expanded).normalize().toString();
    }
}
