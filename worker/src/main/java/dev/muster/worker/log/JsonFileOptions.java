package dev.muster.worker.log;

import dev.muster.api.Driver;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How large a container's log may grow: Docker's json-file driver with rotation.
 *
 * @param maxSizeBytes of one file
 * @param maxFiles kept, the one being written among them
 */
record JsonFileOptions(long maxSizeBytes, int maxFiles) {

    static final JsonFileOptions DEFAULT = new JsonFileOptions(10L << 20, 3);
    private static final Pattern SIZE = Pattern.compile("(\\d{1,12})\\s*([kmg]?)(?:i?b)?");
    private static final int MAX_FILES_LIMIT = 1000;

    /** A file must hold at least the longest line. */
    private static final long LEAST_SIZE_BYTES = 256 << 10;

    /** Reads max-size and max-file; any other option is refused. */
    static JsonFileOptions of(Driver driver) {
        long size = DEFAULT.maxSizeBytes();
        int files = DEFAULT.maxFiles();
        for (Map.Entry<String, String> option : driver.getOptionsMap().entrySet()) {
            switch (option.getKey()) {
                case "max-size" -> size = size(option.getValue());
                case "max-file" -> files = files(option.getValue());
                default ->
                    throw new LogFailure(
                            LogFailure.Kind.UNSUPPORTED,
                            "log option '" + option.getKey()
                                    + "' of driver json-file is not supported yet: use max-size and max-file");
            }
        }
        return new JsonFileOptions(size, files);
    }

    private static long size(String text) {
        Matcher matcher = SIZE.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new LogFailure(
                    LogFailure.Kind.INVALID, "log option max-size '" + text + "' is no size such as 500k, 10m or 1g");
        }
        int shift = switch (matcher.group(2)) {
            case "k" -> 10;
            case "m" -> 20;
            case "g" -> 30;
            default -> 0;
        };
        return Math.max(LEAST_SIZE_BYTES, Long.parseLong(matcher.group(1)) << shift);
    }

    private static int files(String text) {
        try {
            int files = Integer.parseInt(text.strip());
            if (files >= 1 && files <= MAX_FILES_LIMIT) {
                return files;
            }
        } catch (NumberFormatException e) {
            // Said below, as for numbers out of range.
        }
        throw new LogFailure(
                LogFailure.Kind.INVALID, "log option max-file '" + text + "' must be from 1 to " + MAX_FILES_LIMIT);
    }
}
