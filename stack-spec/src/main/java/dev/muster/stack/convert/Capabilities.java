package dev.muster.stack.convert;

import dev.muster.stack.document.Value;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a service adds to and drops from its containers' capabilities: canonical names, sorted. One in both lists is
 * added; ALL swallows the rest of its list.
 */
record Capabilities(List<String> add, List<String> drop) {

    private static final String ALL = "ALL";

    static Capabilities of(List<Value> add, List<Value> drop) {
        Set<String> added = canonical(add);
        Set<String> dropped = canonical(drop);
        if (dropped.contains(ALL)) {
            dropped = new TreeSet<>(Set.of(ALL));
        }
        if (added.contains(ALL)) {
            added = new TreeSet<>(Set.of(ALL));
        }
        dropped.removeAll(added);
        return new Capabilities(List.copyOf(added), List.copyOf(dropped));
    }

    private static Set<String> canonical(List<Value> names) {
        Set<String> canonical = new TreeSet<>();
        for (Value name : names) {
            String upper = ((Value.Scalar) name).text().strip().toUpperCase(Locale.ROOT);
            if (!upper.isEmpty()) {
                canonical.add(upper.equals(ALL) || upper.startsWith("CAP_") ? upper : "CAP_" + upper);
            }
        }
        return canonical;
    }
}
