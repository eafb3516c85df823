package dev.muster.stack.schema;

import java.util.Collection;
import java.util.Map;

/** What a user may have meant by a key that is not allowed. */
final class Suggestions {

    /** More keys than this are not listed: nobody reads them. */
    private static final int FEW = 12;

    /** Keys of other compose dialects, and where a stack file says the same. */
    private static final Map<String, String> ELSEWHERE = Map.ofEntries(
            Map.entry("cpus", "a stack file says this in deploy.resources.limits.cpus"),
            Map.entry("mem_reservation", "a stack file says this in deploy.resources.reservations.memory"),
            Map.entry("pids_limit", "a stack file says this in deploy.resources.limits.pids"),
            Map.entry("scale", "a stack file says this in deploy.replicas"),
            Map.entry("replicas", "a stack file says this in deploy.replicas"),
            Map.entry("constraints", "a stack file says this in deploy.placement.constraints"),
            Map.entry("resources", "a stack file says this in deploy.resources"),
            Map.entry("update_config", "a stack file says this in deploy.update_config"),
            Map.entry("restart_policy", "a stack file says this in deploy.restart_policy"),
            Map.entry("profiles", "stack files have no profiles"),
            Map.entry("include", "give several files with -c instead"),
            Map.entry("name", "the stack's name is the argument of stack deploy"),
            Map.entry("pull_policy", "nodes pull what they do not have"),
            Map.entry("platform", "a stack file says this in deploy.placement.constraints: node.platform.arch == …"));

    private Suggestions() {}

    static String forKey(String path, String name, Collection<String> allowed) {
        String near = near(name, allowed);
        if (!near.isEmpty()) {
            return near;
        }
        boolean service = path.matches("services\\.[^.]+") || path.isEmpty();
        if (service && ELSEWHERE.containsKey(name)) {
            return ELSEWHERE.get(name);
        }
        return allowed.size() <= FEW ? "expected one of " + String.join(", ", allowed) : "";
    }

    /** {@code did you mean "X"?}, or nothing if no word is near. */
    static String near(String word, Collection<String> words) {
        int bound = word.length() <= 3 ? 1 : word.length() <= 7 ? 2 : 3;
        String best = "";
        for (String candidate : words) {
            int distance = distance(word, candidate);
            if (distance <= bound) {
                best = candidate;
                bound = distance - 1;
            }
        }
        return best.isEmpty() ? "" : "did you mean \"" + best + "\"?";
    }

    /** Edits from one word to the other: insert, delete, replace, swap of neighbours. */
    private static int distance(String from, String to) {
        int[][] edits = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            for (int j = 0; j <= to.length(); j++) {
                if (i == 0 || j == 0) {
                    edits[i][j] = i + j;
                    continue;
                }
                int replace = from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1;
                edits[i][j] = Math.min(Math.min(edits[i - 1][j], edits[i][j - 1]) + 1, edits[i - 1][j - 1] + replace);
                boolean swapped = i > 1
                        && j > 1
                        && from.charAt(i - 1) == to.charAt(j - 2)
                        && from.charAt(i - 2) == to.charAt(j - 1);
                if (swapped) {
                    edits[i][j] = Math.min(edits[i][j], edits[i - 2][j - 2] + 1);
                }
            }
        }
        return edits[from.length()][to.length()];
    }
}
