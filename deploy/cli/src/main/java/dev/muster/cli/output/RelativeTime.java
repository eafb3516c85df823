package dev.muster.cli.output;

import com.google.protobuf.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Times for people: how long ago, in words of one unit, or the point in time. */
public final class RelativeTime {

    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneOffset.UTC);

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

    /** A point in time as Go prints it: {@code 2026-01-02 15:04:05.5 +0000 UTC}. */
    public static String stamp(Timestamp time) {
        String whole = STAMP.format(Instant.ofEpochSecond(time.getSeconds()));
        String fraction = time.getNanos() == 0
                ? ""
                : String.format(".%09d", time.getNanos()).replaceAll("0+$", "");
        return whole + fraction + " +0000 UTC";
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
