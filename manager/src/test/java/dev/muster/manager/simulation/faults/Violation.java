package dev.muster.manager.simulation.faults;

/** Something that must always hold does not. */
final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Rule rule;

    Violation(Rule rule, String what) {
        super(what);
        this.rule = rule;
    }

    Rule rule() {
        return rule;
    }
}
