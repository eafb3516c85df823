package dev.muster.stack.document;

import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong, in the order found. Confined to one reading; keeps at most {@value #MOST}. */
public final class Problems {

    /** More than this helps nobody, and a hostile file could produce millions. */
    private static final int MOST = 50;

    private final List<Problem> found = new ArrayList<>();

    public void add(Position at, String message) {
        add(at, message, "");
    }

    public void add(Position at, String message, String hint) {
        if (found.size() < MOST) {
            found.add(new Problem(at, message, hint));
        }
    }

    public boolean none() {
        return found.isEmpty();
    }

    public List<Problem> all() {
        return List.copyOf(found);
    }
}
