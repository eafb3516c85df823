package dev.muster.manager.raft;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Remembers which member of the group the log in a directory belongs to. */
public final class MemberFile {
    private static final String NAME = "member";

    private MemberFile() {}

    /** Empty if the directory has no log that a member could go on with. */
    public static Optional<MemberId> load(Path directory) {
        var file = directory.resolve(NAME);
        try {
            if (!Files.exists(file) || !KeyRing.exists(directory) || !RaftNode.hasLog(directory)) {
                return Optional.empty();
            }
            return Optional.of(MemberId.parse(
                    Files.readString(file, StandardCharsets.UTF_8).strip()));
        } catch (IOException e) {
            throw new RaftException("cannot read " + file + ": " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new RaftException(file + " is damaged: " + e.getMessage(), e);
        }
    }

    /** On the disk when this returns. */
    public static void store(Path directory, MemberId member) {
        try {
            PrivateFiles.createDirectories(directory);
            PrivateFiles.replace(directory.resolve(NAME), member.text().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new RaftException("cannot write the member's id in " + directory + ": " + e.getMessage(), e);
        }
    }
}
