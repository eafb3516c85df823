package dev.muster.cli;

import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;

/** Messages from their text form. */
final class Messages {

    private Messages() {}

    static <T extends Message> T message(String text, Class<T> type) {
        try {
            return TextFormat.parse(text, type);
        } catch (TextFormat.ParseException failure) {
            throw new AssertionError(failure);
        }
    }
}
