package dev.muster.cli.command;

import dev.muster.cli.transport.DaemonFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Commands on several objects: an error with one does not keep the others from their turn. */
public final class EachOf {

    private EachOf() {}

    /** Runs the action for each; fails at the end with all messages, one per line. */
    public static int run(List<String> names, Consumer<String> action) {
        List<String> messages = new ArrayList<>();
        for (String name : names) {
            try {
                action.accept(name);
            } catch (DaemonFailure | CommandFailure failure) {
                messages.add(failure.getMessage());
            }
        }
        if (!messages.isEmpty()) {
            throw new CommandFailure(String.join("\n", messages));
        }
        return 0;
    }
}
