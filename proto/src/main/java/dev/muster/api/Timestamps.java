package dev.muster.api;

import com.google.protobuf.Timestamp;
import java.time.Instant;

/** Between {@link Instant} and protobuf's timestamp. Pure. */
public final class Timestamps {
    private Timestamps() {}

    public static Timestamp of(Instant instant) {
        return Timestamp.newBuilder()
                .setSeconds(instant.getEpochSecond())
                .setNanos(instant.getNano())
                .build();
    }

    /** The absent timestamp, which is the default one, reads as 1970-01-01T00:00:00Z. */
    public static Instant instant(Timestamp timestamp) {
        return Instant.ofEpochSecond(timestamp.getSeconds(), timestamp.getNanos());
    }
}
