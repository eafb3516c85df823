package dev.muster.worker.secret;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** Writes the files of configs into a task's directory. Stateless. */
public final class ConfigFiles {
    private ConfigFiles() {}

    /** Where each file is now, in the order given; the directory is made, for root alone. */
    public static List<Path> write(Path directory, List<InjectedFile> files) {
        try {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            var paths = new ArrayList<Path>();
            for (var file : files) {
                var path = directory.resolve(String.valueOf(paths.size()));
                file.writeTo(path);
                paths.add(path);
            }
            return paths;
        } catch (IOException e) {
            throw new SecretFailure("could not write configs into " + directory + ": " + e.getMessage(), e);
        }
    }
}
