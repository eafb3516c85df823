package dev.muster.cli.output;

import com.google.protobuf.Timestamp;
import java.time.Duration;
import java.time.Instant;

/** How long something took or ago it was, in words: one unit, rounded down. */
public final class RelativeTime {

    private RelativeTime() {}

    public static String words(Duration duration) {
        long seconds = Math.max(0, duration.toSeconds());
        long minutes = seconds / 60;
        // Hours are rounded to the nearest: 89 minutes are about an hour, 91 are two.
        long hours = Math.round(duration.toMinutes() / 60.0);
        if (seconds < 1) {
            return "Less than a second";
        }
        if (seconds == 1) {
            return "1 second";
        }
        if (seconds < 60) {
            return seconds + " seconds";
        }
        if (minutes == 1) {
            return "About a minute";
        }
        if (minutes < 60) {
            return minutes + " minutes";
        }
        if (hours == 1) {
            return "About an hour";
        }
        if (hours < 48) {
            return hours + " hours";
        }
        if (hours < 24 * 7 * 2) {
            return hours / 24 + " days";
        }
        if (hours < 24 * 30 * 2) {
            return hours / 24 / 7 + " weeks";
        }
        if (hours < 24 * 365 * 2) {
            return hours / 24 / 30 + " months";
        }
        return hours / 24 / 365 + " years";
    }

    /** {@code 3 minutes ago}; empty for a time that was never set. */
    public static String ago(Timestamp time, Instant now) {
        if (time.getSeconds() == 0 && time.getNanos() == 0) {
            return "";
        }
        Instant then = Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
        return words(Duration.between(then, now)) + " ago";
    }
}
