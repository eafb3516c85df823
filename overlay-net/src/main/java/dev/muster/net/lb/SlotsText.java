package dev.muster.net.lb;

import dev.muster.net.plan.Slots;
import org.jspecify.annotations.Nullable;

/**
 * Writes the chain and the map that spread connections over slots: {@code numgen inc} counts per rule, so the rule is
 * fair, and it is written anew only when the number of slots changes.
 *
 * @param table with its family: {@code ip muster}
 * @param chain to jump to
 * @param map slot → address
 * @param match what the rule asks for before it translates; may be empty
 */
record SlotsText(String table, String chain, String map, String match) {
    static boolean empty(@Nullable Slots slots) {
        return slots == null || slots.backends().isEmpty();
    }

    /** Makes chain and map follow; creates them before the first use. What jumps to the chain is the caller's. */
    void follow(StringBuilder text, @Nullable Slots before, Slots after) {
        int had = before == null ? 0 : before.backends().size();
        int has = after.backends().size();
        if (had == 0) {
            line(text, "add map " + table + " " + map + " { typeof numgen inc mod 2 : ip daddr; }");
            line(text, "add chain " + table + " " + chain);
        }
        for (int slot = 0; slot < Math.max(had, has); slot++) {
            var old = before != null && slot < had ? before.backends().get(slot) : null;
            var fresh = slot < has ? after.backends().get(slot) : null;
            if (old != null && !old.equals(fresh)) {
                line(text, "delete element " + table + " " + map + " { " + slot + " }");
            }
            if (fresh != null && !fresh.equals(old)) {
                line(text, "add element " + table + " " + map + " { " + slot + " : " + fresh + " }");
            }
        }
        boolean samePort = before != null && before.targetPort() == after.targetPort();
        if (had != has || !samePort) {
            if (had > 0) {
                line(text, "flush chain " + table + " " + chain);
            }
            var port = after.targetPort() == 0 ? "" : ":" + after.targetPort();
            line(
                    text,
                    "add rule " + table + " " + chain + " " + match + "dnat to numgen inc mod " + has + " map @" + map
                            + port);
        }
    }

    /** Removes chain and map; nothing may jump to the chain any more. */
    void remove(StringBuilder text) {
        line(text, "flush chain " + table + " " + chain);
        line(text, "delete chain " + table + " " + chain);
        line(text, "delete map " + table + " " + map);
    }

    static void line(StringBuilder text, String command) {
        text.append(command).append('\n');
    }
}
