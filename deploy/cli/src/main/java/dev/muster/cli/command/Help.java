package dev.muster.cli.command;

import dev.muster.cli.flag.FlagModel;
import dev.muster.cli.flag.Flags;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;

/** Help texts, laid out by picocli, wrapped to the terminal's width. */
final class Help {

    /** Picocli's least. */
    private static final int LEAST_WIDTH = 55;

    private final int columns;

    Help(int columns) {
        this.columns = Math.max(LEAST_WIDTH, columns);
    }

    static String usage(String path, Command command) {
        return (path + " " + command.usage()).strip();
    }

    String ofAll(CommandTree tree) {
        CommandSpec spec =
                spec(CommandTree.globalFlags(), "muster [OPTIONS] COMMAND", "Runs containers on many hosts.");
        tree.groups().forEach((name, branch) -> spec.addSubcommand(name, named(name, branch.summary())));
        tree.commands()
                .forEach((name, command) ->
                        spec.addSubcommand(name, named(name, command.get().summary())));
        spec.usageMessage().footer("", "Run 'muster COMMAND --help' for more information on a command.");
        return text(spec);
    }

    String ofGroup(CommandGroup group) {
        CommandSpec spec = spec(Flags.none(), "muster " + group.name() + " COMMAND", group.summary());
        group.commands()
                .forEach(command -> spec.addSubcommand(command.name(), named(command.name(), command.summary())));
        String more = "Run 'muster " + group.name() + " COMMAND --help' for more information on a command.";
        spec.usageMessage().footer("", more);
        return text(spec);
    }

    String ofCommand(String path, Command command, Flags flags) {
        CommandSpec spec = spec(flags, usage(path, command), command.summary());
        if (!command.aliases().isEmpty()) {
            String group = path.substring(0, path.lastIndexOf(' ') + 1);
            List<String> names = new ArrayList<>(List.of(path));
            command.aliases().forEach(alias -> names.add(group + alias));
            spec.usageMessage().description(command.summary(), "", "Aliases:", "  " + String.join(", ", names));
        }
        return text(spec);
    }

    private CommandSpec spec(Flags flags, String synopsis, String summary) {
        CommandSpec spec = FlagModel.of(new Flags().addAll(flags).sort(), true);
        spec.usageMessage()
                .width(columns)
                .synopsisHeading("Usage:  ")
                .customSynopsis(synopsis)
                .descriptionHeading("%n")
                .description(summary)
                .optionListHeading("%nOptions:%n")
                .commandListHeading("%nCommands:%n");
        return spec;
    }

    private static CommandSpec named(String name, String summary) {
        CommandSpec spec = CommandSpec.create().name(name);
        spec.usageMessage().description(summary);
        return spec;
    }

    private static String text(CommandSpec spec) {
        CommandLine line = new CommandLine(spec);
        line.setInterpolateVariables(false);
        return line.getUsageMessage(Ansi.OFF);
    }
}
