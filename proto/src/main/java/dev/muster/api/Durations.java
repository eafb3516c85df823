package dev.muster.api;

import java.time.Duration;

/** Between {@link Duration} and protobuf's duration. Pure. */
public final class Durations {
    private Durations() {}

    public static com.google.protobuf.Duration of(Duration duration) {
        // Protobuf wants both parts with the same sign; Java's nanoseconds are never negative.
        long seconds = duration.getSeconds();
        int nanos = duration.getNano();
        if (seconds < 0 && nanos > 0) {
            seconds += 1;
            nanos -= 1_000_000_000;
        }
        return com.google.protobuf.Duration.newBuilder()
                .setSeconds(seconds)
                .setNanos(nanos)
                .build();
    }

    public static Duration duration(com.google.protobuf.Duration duration) {
        return Duration.ofSeconds(duration.getSeconds(), duration.getNanos());
    }

    /** The duration if the message holds it, else what absent means. */
    public static Duration duration(boolean present, com.google.protobuf.Duration duration, Duration absent) {
        return present ? duration(duration) : absent;
    }

    /** The duration, or what zero and absent mean. */
    public static Duration positive(com.google.protobuf.Duration duration, Duration absent) {
        var value = duration(duration);
        return value.isZero() ? absent : value;
    }
}
