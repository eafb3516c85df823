package dev.muster.cli;

import dev.muster.cli.command.Command;
import dev.muster.cli.command.CommandTree;
import dev.muster.cli.command.CommandTree.Branch;
import dev.muster.cli.completion.CompletionCommand;
import dev.muster.cli.completion.Completions;
import dev.muster.cli.console.Console;
import dev.muster.cli.network.NetworkCommands;
import dev.muster.cli.node.NodeCommands;
import dev.muster.cli.object.ConfigCommands;
import dev.muster.cli.object.SecretCommands;
import dev.muster.cli.service.ServiceCommands;
import dev.muster.cli.stack.StackCommands;
import dev.muster.cli.swarm.SwarmCommands;
import dev.muster.cli.system.InfoCommand;
import dev.muster.cli.system.VersionCommand;
import dev.muster.cli.transport.Daemon;
import dev.muster.cli.transport.DaemonAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** All commands of {@code muster}, and the entry for tests: a command line and a console in, an exit code out. */
public final class Muster {

    /** What the completion scripts call; not for people. */
    private static final String COMPLETE = "__complete";

    /** Who presses Tab does not wait longer. */
    private static final Duration COMPLETION_PATIENCE = Duration.ofSeconds(1);

    private Muster() {}

    public static CommandTree commands() {
        Map<String, Branch> groups = new LinkedHashMap<>();
        groups.put("config", new Branch("Manage configs", ConfigCommands::group));
        groups.put("network", new Branch("Manage networks", NetworkCommands::group));
        groups.put("node", new Branch("Manage nodes", NodeCommands::group));
        groups.put("secret", new Branch("Manage secrets", SecretCommands::group));
        groups.put("service", new Branch("Manage services", ServiceCommands::group));
        groups.put("stack", new Branch("Manage stacks", StackCommands::group));
        groups.put("swarm", new Branch("Manage the cluster", SwarmCommands::group));
        Map<String, Supplier<Command>> commands = new LinkedHashMap<>();
        commands.put("completion", CompletionCommand::command);
        commands.put("info", InfoCommand::command);
        commands.put("version", VersionCommand::command);
        return new CommandTree(groups, commands);
    }

    public static int run(List<String> line, Console console) {
        if (!line.isEmpty() && line.getFirst().equals(COMPLETE)) {
            return complete(line.subList(1, line.size()), console);
        }
        return commands().run(line, console);
    }

    private static int complete(List<String> words, Console console) {
        int flag = Math.max(words.indexOf("-H"), words.indexOf("--host"));
        Optional<String> host =
                flag >= 0 && flag + 1 < words.size() ? Optional.of(words.get(flag + 1)) : Optional.empty();
        Daemon daemon =
                new Daemon(() -> DaemonAddress.of(host, console.environment()), console.nanos(), COMPLETION_PATIENCE);
        new Completions(commands(), daemon).complete(words).forEach(console::print);
        console.out().flush();
        return 0;
    }
}
