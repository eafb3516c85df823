package dev.muster.stack;

import dev.muster.api.StackSpec;
import dev.muster.stack.document.Problem;
import java.util.List;

/** What became of stack files. Warnings are for the user and begin with what they are about. */
public sealed interface StackResult {

    record Parsed(StackSpec specs, List<String> warnings) implements StackResult {
        public Parsed {
            warnings = List.copyOf(warnings);
        }
    }

    record Rendered(String yaml, List<String> warnings) implements StackResult {
        public Rendered {
            warnings = List.copyOf(warnings);
        }
    }

    /** At least one problem, in the order found. */
    record Invalid(List<Problem> problems) implements StackResult {
        public Invalid {
            problems = List.copyOf(problems);
        }
    }
}
