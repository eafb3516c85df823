package dev.muster.cli.flag;

import dev.muster.stack.grammar.ByteSize;
import dev.muster.stack.grammar.GoDuration;
import dev.muster.stack.grammar.NanoCpus;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a user said to a command: the values of its flags, which have passed their checks, and the other arguments.
 *
 * @param given by flag name; flags that were not given are absent
 */
public record Arguments(Flags flags, Map<String, List<String>> given, List<String> rest) {

    public Arguments {
        given = Map.copyOf(given);
        rest = List.copyOf(rest);
    }

    public boolean has(String flag) {
        return given.containsKey(flag);
    }

    /** Whether any of the flags was given. */
    public boolean hasAny(String... names) {
        for (String name : names) {
            if (has(name)) {
                return true;
            }
        }
        return false;
    }

    /** The value, or the flag's default. */
    public String text(String flag) {
        List<String> values = given.get(flag);
        return values == null ? flags.named(flag).orElseThrow().defaultText() : values.getLast();
    }

    public List<String> list(String flag) {
        return given.getOrDefault(flag, List.of());
    }

    public boolean is(String flag) {
        String text = text(flag);
        return !text.isEmpty() && Flags.parseBoolean(text);
    }

    /** The value, if it was given. */
    public Optional<String> find(String flag) {
        return has(flag) ? Optional.of(text(flag)) : Optional.empty();
    }

    public long number(String flag) {
        String text = text(flag);
        return text.isEmpty() ? 0 : Long.parseLong(text);
    }

    public Duration duration(String flag) {
        String text = text(flag);
        return text.isEmpty() ? Duration.ZERO : GoDuration.parse(text);
    }

    public long bytes(String flag) {
        String text = text(flag);
        return text.isEmpty() ? 0 : ByteSize.parse(text);
    }

    public long nanoCpus(String flag) {
        String text = text(flag);
        return text.isEmpty() ? 0 : NanoCpus.parse(text);
    }

    public String first() {
        return rest.getFirst();
    }
}
