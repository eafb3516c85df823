package dev.muster.faults;

/** What clients ask of a config. Every value is written by one call only, so that a value says which write it is of. */
sealed interface ConfigCall {
    record Create(String value) implements ConfigCall {}

    record Read() implements ConfigCall {}

    /**
     * Asks to replace a value, by the version that it was read with.
     *
     * @param expected the value that was read
     */
    record Update(String expected, String value) implements ConfigCall {}

    record Remove() implements ConfigCall {}

    /** For people. */
    default String text() {
        return switch (this) {
            case Create(String value) -> "create " + value;
            case Read() -> "read";
            case Update(String expected, String value) -> "update " + expected + " to " + value;
            case Remove() -> "remove";
        };
    }
}
