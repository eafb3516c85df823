package dev.muster.cli.command;

import java.util.List;
import java.util.Optional;

/** Commands about one kind of object: {@code muster NAME COMMAND}. */
public record CommandGroup(String name, String summary, List<Command> commands) {

    public CommandGroup {
        commands = List.copyOf(commands);
    }

    Optional<Command> find(String word) {
        return commands.stream().filter(command -> command.isCalled(word)).findFirst();
    }
}
