package dev.muster.manager.state;

import java.util.List;

/** What became of one change set: all of it or nothing. */
public sealed interface Verdict {
    /** It is in the state; the version is that of every object it wrote. */
    record Accepted(long version) implements Verdict {}

    /** Nothing changed. At least one reason. */
    record Rejected(List<Rejection> reasons) implements Verdict {
        public Rejected {
            reasons = List.copyOf(reasons);
        }
    }
}
