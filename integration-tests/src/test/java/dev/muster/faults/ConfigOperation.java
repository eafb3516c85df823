package dev.muster.faults;

/** A call and what became of it. */
record ConfigOperation(int manager, ConfigCall call, Answer answer) {
    String text() {
        return "manager " + manager + ": " + call.text() + " → " + answer.text();
    }
}
