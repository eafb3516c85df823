package dev.muster.net;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The sandboxes' records, a file each, replaced atomically. They need not survive a power cut: the sandboxes do not
 * either.
 */
final class SandboxRecords {
    private static final System.Logger LOG = System.getLogger(SandboxRecords.class.getName());
    private static final String TEMPORARY = "~";

    private final Path directory;

    SandboxRecords(Path stateDir) {
        this.directory = stateDir.resolve("sandboxes");
    }

    /** All readable records by sandbox id. An unreadable one is logged and deleted: its sandbox will be made anew. */
    SortedMap<String, SandboxRecord> load() {
        var records = new TreeMap<String, SandboxRecord>();
        try {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            try (var files = Files.list(directory)) {
                for (var file : files.toList()) {
                    try {
                        if (!file.toString().endsWith(TEMPORARY)) {
                            var record = SandboxRecord.decode(Files.readString(file));
                            records.put(record.spec().id(), record);
                            continue;
                        }
                    } catch (IllegalArgumentException e) {
                        LOG.log(System.Logger.Level.WARNING, "deleting unreadable " + file, e);
                    }
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + directory, e);
        }
        return records;
    }

    void put(SandboxRecord record) {
        var file = directory.resolve(record.spec().id());
        var fresh = directory.resolve(record.spec().id() + TEMPORARY);
        try {
            Files.writeString(fresh, record.encode());
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }

    void remove(String id) {
        try {
            Files.deleteIfExists(directory.resolve(id));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete the record of sandbox " + id, e);
        }
    }

    void destroy() {
        load().keySet().forEach(this::remove);
        try {
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + directory, e);
        }
    }
}
