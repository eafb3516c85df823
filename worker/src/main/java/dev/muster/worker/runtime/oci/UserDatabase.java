package dev.muster.worker.runtime.oci;

import dev.muster.worker.runtime.RuntimeFailure;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The users and groups of an image, from its /etc/passwd and /etc/group. Malformed lines are skipped, as libc does.
 */
public record UserDatabase(List<User> users, List<Group> groups) {

    private static final long LARGEST_ID = Integer.MAX_VALUE;

    record User(String name, long uid, long gid) {}

    record Group(String name, long gid, List<String> members) {}

    public UserDatabase {
        users = List.copyOf(users);
        groups = List.copyOf(groups);
    }

    /** Reads the two files' texts; "" for a file that the image does not have. */
    public static UserDatabase parse(String passwd, String group) {
        List<User> users = new ArrayList<>();
        for (String line : passwd.lines().toList()) {
            String[] fields = line.split(":", -1);
            if (fields.length >= 4 && isNumber(fields[2]) && isNumber(fields[3])) {
                users.add(new User(fields[0], Long.parseLong(fields[2]), Long.parseLong(fields[3])));
            }
        }
        List<Group> groups = new ArrayList<>();
        for (String line : group.lines().toList()) {
            String[] fields = line.split(":", -1);
            if (fields.length >= 3 && isNumber(fields[2])) {
                List<String> members =
                        fields.length > 3 && !fields[3].isEmpty() ? List.of(fields[3].split(",")) : List.of();
                groups.add(new Group(fields[0], Long.parseLong(fields[2]), members));
            }
        }
        return new UserDatabase(users, groups);
    }

    /**
     * Resolves a user as Docker does: "", name, uid, and any of these with ":group" or ":gid". A number need not be
     * known; a name must be.
     *
     * @param additional further groups by name or number
     */
    public ContainerUser resolve(String user, List<String> additional) {
        int colon = user.indexOf(':');
        String userPart = colon < 0 ? user : user.substring(0, colon);
        String groupPart = colon < 0 ? "" : user.substring(colon + 1);
        Optional<User> known = findUser(userPart);
        long uid =
                known.map(User::uid).or(() -> number(userPart)).orElseThrow(() -> unknown("user", userPart, "passwd"));
        long gid = known.map(User::gid).orElse(0L);
        Set<Long> all = new LinkedHashSet<>();
        if (groupPart.isEmpty()) {
            all.add(gid);
            known.ifPresent(each -> groups.stream()
                    .filter(group -> group.members().contains(each.name()))
                    .forEach(group -> all.add(group.gid())));
        } else {
            gid = groupId(groupPart);
            all.add(gid);
        }
        for (String group : additional) {
            all.add(groupId(group));
        }
        return new ContainerUser(uid, gid, List.copyOf(all));
    }

    /** Root is known in every image, even in one without files. */
    private Optional<User> findUser(String text) {
        if (text.isEmpty() || text.equals("root")) {
            Optional<User> root = users.stream().filter(each -> each.uid() == 0).findFirst();
            return root.or(() -> Optional.of(new User("root", 0, 0)));
        }
        Optional<User> byName =
                users.stream().filter(each -> each.name().equals(text)).findFirst();
        return byName.or(() -> number(text)
                .flatMap(uid -> users.stream().filter(each -> each.uid() == uid).findFirst()));
    }

    private long groupId(String text) {
        return groups.stream()
                .filter(each -> each.name().equals(text))
                .map(Group::gid)
                .findFirst()
                .or(() -> number(text))
                .orElseThrow(() -> unknown("group", text, "group"));
    }

    private static RuntimeFailure unknown(String what, String name, String file) {
        return new RuntimeFailure(
                RuntimeFailure.Kind.INVALID,
                "unable to find " + what + " " + name + ": no matching entries in the image's /etc/" + file
                        + "; use a name that is there, or a number from 0 to " + LARGEST_ID);
    }

    private static Optional<Long> number(String text) {
        OptionalLong parsed = isNumber(text) ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
        return parsed.isPresent() && parsed.getAsLong() <= LARGEST_ID
                ? Optional.of(parsed.getAsLong())
                : Optional.empty();
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.length() <= 10 && text.chars().allMatch(each -> each >= '0' && each <= '9');
    }
}
