package dev.muster.cli.output;

import java.util.List;

/** Lines {@code Title:   text} for {@code --pretty}, indented by sections. */
public final class Outline {

    private final StringBuilder text = new StringBuilder();
    private int depth;

    public Outline line(String title, Object value) {
        String shown = String.valueOf(value);
        text.append(" ".repeat(depth)).append(title).append(':');
        text.append(shown.isEmpty() ? "" : "\t" + shown).append('\n');
        return this;
    }

    /** Nothing if the value is empty or zero. */
    public Outline lineIf(String title, Object value) {
        String shown = String.valueOf(value);
        return shown.isEmpty() || shown.equals("0") ? this : line(title, shown);
    }

    public Outline plain(String line) {
        text.append(" ".repeat(depth)).append(line).append('\n');
        return this;
    }

    public Outline section(String title) {
        text.append(" ".repeat(depth)).append(title).append(":\n");
        depth++;
        return this;
    }

    public Outline end() {
        depth--;
        return this;
    }

    public Outline items(List<String> items) {
        items.forEach(item -> plain("- " + item));
        return this;
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
