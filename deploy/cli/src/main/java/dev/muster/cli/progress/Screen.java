package dev.muster.cli.progress;

import dev.muster.cli.console.Console;
import java.util.ArrayList;
import java.util.List;

/**
 * Draws lines. On a terminal they are redrawn in place; elsewhere only lines that have changed are printed, so that a
 * log of them can be read.
 */
final class Screen {

    private static final String UP = "\u001b[%dA";
    private static final String CLEAR_LINE = "\u001b[2K\r";

    private final Console console;
    private final boolean inPlace;
    private List<View.Line> drawn = List.of();

    Screen(Console console) {
        this.console = console;
        this.inPlace = console.colours();
    }

    void draw(List<View.Line> lines) {
        if (lines.equals(drawn)) {
            return;
        }
        StringBuilder text = new StringBuilder();
        if (inPlace && !drawn.isEmpty()) {
            text.append(String.format(UP, drawn.size()));
        }
        List<View.Line> toDraw = new ArrayList<>(lines);
        if (!inPlace) {
            toDraw.removeAll(drawn);
        }
        for (View.Line line : toDraw) {
            text.append(inPlace ? CLEAR_LINE : "").append(fit(line)).append('\n');
        }
        for (int i = lines.size(); inPlace && i < drawn.size(); i++) {
            text.append(CLEAR_LINE).append('\n');
        }
        if (inPlace && drawn.size() > lines.size()) {
            text.append(String.format(UP, drawn.size() - lines.size()));
        }
        console.out().print(text);
        console.out().flush();
        drawn = List.copyOf(lines);
    }

    private String fit(View.Line line) {
        String text = line.title() + ": " + line.text();
        int most = console.terminal().columns();
        return inPlace && text.length() > most ? text.substring(0, most) : text;
    }
}
