package dev.muster.cli.progress;

import java.util.List;
import java.util.Optional;

/**
 * What to show, and how it stands.
 *
 * @param lines a title and a text each, redrawn in place
 * @param converged everything runs that should
 * @param end how the waiting ends, if it does
 */
record View(List<Line> lines, boolean converged, Optional<End> end) {

    record Line(String title, String text) {}

    /** Why there is nothing more to wait for: done, or an error. */
    sealed interface End {
        record Done(String message) implements End {}

        record Failed(String message) implements End {}
    }
}
