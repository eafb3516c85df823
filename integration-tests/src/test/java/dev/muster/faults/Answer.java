package dev.muster.faults;

/** What a manager said to a call, or that it said nothing. */
sealed interface Answer {
    /** The create or update has happened. The config is as it was right afterwards: perhaps somebody else has written it since. */
    record Written(StoredConfig config) implements Answer {}

    record Found(StoredConfig config) implements Answer {}

    record Removed() implements Answer {}

    /** There is no config of this name. */
    record Missing() implements Answer {}

    /** There is one already. */
    record Exists() implements Answer {}

    /** It has another version than the one that was to be replaced. */
    record OutOfSequence() implements Answer {}

    /** The manager, or the lack of one, says that nothing has happened nor will. */
    record Failed(String why) implements Answer {}

    /** It may have happened, or may still happen. */
    record Unknown(String why) implements Answer {}

    /** For people. */
    default String text() {
        return switch (this) {
            case Written(StoredConfig config) -> "written" + config.text();
            case Found(StoredConfig config) -> "found" + config.text();
            case Removed() -> "removed";
            case Missing() -> "missing";
            case Exists() -> "exists";
            case OutOfSequence() -> "out of sequence";
            case Failed(String why) -> "failed: " + why;
            case Unknown(String why) -> "unknown: " + why;
        };
    }
}
