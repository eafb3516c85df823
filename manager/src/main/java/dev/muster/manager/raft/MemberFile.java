package dev.muster.manager.raft;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Remembers which member of which group a directory belongs to. Replacing the file is what makes a manager the first of a
 * new group: before that the old log counts, after that the new one.
 */
public final class MemberFile {
    private static final String NAME = "member";

    private MemberFile() {}

    /**
     * What the file says.
     *
     * @param epoch of the cluster when the group was made: each epoch has a group, and a log, of its own
     */
    public record Place(MemberId member, long epoch) {}

    /** Empty if the directory has nothing that a member could go on with. */
    public static Optional<Place> load(Path directory) {
        var file = directory.resolve(NAME);
        try {
            if (!Files.exists(file) || !KeyRing.exists(directory)) {
                return Optional.empty();
            }
            var lines = Files.readString(file, StandardCharsets.UTF_8).strip().split("\n", 2);
            var place = new Place(MemberId.parse(lines[0]), lines.length < 2 ? 0 : Long.parseUnsignedLong(lines[1]));
            return Optional.of(place)
                    .filter(found -> GroupDirectories.hasLog(directory, found.epoch())
                            || Seed.at(directory, found.epoch()).isPresent());
        } catch (IOException e) {
            throw new RaftException("cannot read " + file + ": " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new RaftException(file + " is damaged: " + e.getMessage(), e);
        }
    }

    /** On the disk when this returns. */
    public static Place store(Path directory, MemberId member, long epoch) {
        var text = member.text() + "\n" + Long.toUnsignedString(epoch) + "\n";
        try {
            PrivateFiles.createDirectories(directory);
            PrivateFiles.replace(directory.resolve(NAME), text.getBytes(StandardCharsets.UTF_8));
            return new Place(member, epoch);
        } catch (IOException e) {
            throw new RaftException("cannot write the member's id in " + directory + ": " + e.getMessage(), e);
        }
    }
}
