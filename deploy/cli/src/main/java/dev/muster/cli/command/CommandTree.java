package dev.muster.cli.command;

import dev.muster.cli.console.Console;
import dev.muster.cli.flag.Arguments;
import dev.muster.cli.flag.Flag;
import dev.muster.cli.flag.FlagParser;
import dev.muster.cli.flag.Flags;
import dev.muster.cli.flag.UsageFailure;
import dev.muster.cli.template.TemplateFailure;
import dev.muster.cli.transport.Daemon;
import dev.muster.cli.transport.DaemonAddress;
import dev.muster.cli.transport.DaemonFailure;
import dev.muster.cli.transport.UnreachableFailure;
import dev.muster.stack.grammar.SyntaxFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * All commands, and the way from a command line to an exit code. Groups are made when they are asked for, so that a
 * start loads the classes of one group only.
 */
public final class CommandTree {

    /** A group's summary is here and not in the group: help must not make them all. */
    public record Branch(String summary, Supplier<CommandGroup> group) {}

    private final Map<String, Branch> groups;
    private final Map<String, Supplier<Command>> commands;

    public CommandTree(Map<String, Branch> groups, Map<String, Supplier<Command>> commands) {
        this.groups = groups;
        this.commands = commands;
    }

    public Map<String, Branch> groups() {
        return groups;
    }

    public Map<String, Supplier<Command>> commands() {
        return commands;
    }

    /** Flags before the first command word. */
    public static Flags globalFlags() {
        return new Flags()
                .text("host", 'H', "Daemon to talk to: unix:///PATH")
                .bool("version", 'v', "Print the version")
                .bool("help", 'h', "Print help")
                .bool("tls", "Use TLS")
                .notYet()
                .bool("tlsverify", "Use TLS and verify the daemon")
                .notYet()
                .text("tlscacert", "Certificates of the authorities to trust")
                .notYet()
                .text("tlscert", "The client's certificate")
                .notYet()
                .text("tlskey", "The client's key")
                .notYet()
                .text("context", 'c', "Name of a context")
                .notYet();
    }

    /** Runs a command line; returns the exit code. Never throws for what a user can do wrong. */
    public int run(List<String> line, Console console) {
        Arguments global;
        try {
            global = FlagParser.parse(globalFlags(), false, line);
        } catch (UsageFailure failure) {
            console.warn(failure.getMessage() + "\n\nUsage:  muster [OPTIONS] COMMAND [ARG...]\n\n"
                    + "Run 'muster --help' for more information");
            return failure.exitCode();
        }
        List<String> words = global.rest();
        if (global.is("version")) {
            words = List.of("version", "--client");
        } else if (global.is("help") || words.isEmpty()) {
            console.out().print(new Help(console.terminal().columns()).ofAll(this));
            return 0;
        }
        return find(words, global.find("host"), console);
    }

    private int find(List<String> words, Optional<String> host, Console console) {
        String first = words.getFirst();
        if (first.equals("help")) {
            List<String> asked = new ArrayList<>(words.subList(1, words.size()));
            asked.add("--help");
            return find(asked, host, console);
        }
        if (first.equals("--help")) {
            console.out().print(new Help(console.terminal().columns()).ofAll(this));
            return 0;
        }
        Supplier<Command> top = commands.get(first);
        if (top != null) {
            return run(top.get(), "muster " + first, words.subList(1, words.size()), host, console);
        }
        Branch branch = groups.get(first);
        if (branch == null) {
            console.warn("muster: unknown command: muster " + first + "\n\nRun 'muster --help' for more information");
            return 1;
        }
        CommandGroup group = branch.group().get();
        if (words.size() == 1 || words.get(1).equals("--help") || words.get(1).equals("-h")) {
            console.out().print(new Help(console.terminal().columns()).ofGroup(group));
            return 0;
        }
        Optional<Command> command = group.find(words.get(1));
        if (command.isEmpty()) {
            boolean flag = words.get(1).startsWith("-");
            console.warn((flag ? "unknown flag: " : "muster: unknown command: muster " + first + " ") + words.get(1)
                    + "\n\nUsage:  muster " + first + " COMMAND\n\nRun 'muster " + first
                    + " --help' for more information");
            return flag ? UsageFailure.FLAG : 1;
        }
        String path = "muster " + first + " " + command.get().name();
        return run(command.get(), path, words.subList(2, words.size()), host, console);
    }

    private int run(Command command, String path, List<String> words, Optional<String> host, Console console) {
        Flags flags = command.flags().get();
        try {
            if (asksForHelp(command, flags, words)) {
                console.out().print(new Help(console.terminal().columns()).ofCommand(path, command, flags));
                return 0;
            }
            Arguments arguments = FlagParser.parse(flags, command.interspersed(), words);
            checkNumber(command, path, arguments.rest().size());
            Daemon daemon = new Daemon(() -> DaemonAddress.of(host, console.environment()), console.nanos());
            return command.action().run(new Invocation(path, command, arguments, console, daemon));
        } catch (UsageFailure failure) {
            console.warn(failure.getMessage() + "\n\nUsage:  " + Help.usage(path, command) + "\n\nRun '" + path
                    + " --help' for more information");
            return failure.exitCode();
        } catch (CommandFailure failure) {
            console.warn(failure.getMessage());
            return failure.exitCode();
        } catch (TemplateFailure failure) {
            console.warn(failure.getMessage());
            return CommandFailure.TEMPLATE;
        } catch (DaemonFailure | UnreachableFailure | SyntaxFailure failure) {
            console.warn(failure.getMessage());
            return 1;
        } finally {
            console.out().flush();
            console.err().flush();
        }
    }

    /** Help wins over everything else that is wrong with the line, up to where the flags end. */
    private static boolean asksForHelp(Command command, Flags flags, List<String> words) {
        boolean shorthandTaken = flags.all().stream().anyMatch(flag -> flag.shorthand() == 'h');
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            if (word.equals("--help") || (word.equals("-h") && !shorthandTaken)) {
                return true;
            }
            if (word.equals("--") || (!word.startsWith("-") && !command.interspersed())) {
                return false;
            }
            boolean takesNext = word.startsWith("--")
                    && !word.contains("=")
                    && flags.named(word.substring(2))
                            .filter(flag -> !flag.isBoolean())
                            .isPresent();
            boolean shortTakesNext = word.length() == 2
                    && word.charAt(0) == '-'
                    && flags.all().stream().anyMatch(flag -> takesValue(flag, word.charAt(1)));
            if (takesNext || shortTakesNext) {
                i++;
            }
        }
        return false;
    }

    private static boolean takesValue(Flag flag, char shorthand) {
        return flag.shorthand() == shorthand && !flag.isBoolean();
    }

    private static void checkNumber(Command command, String path, int number) {
        if (number >= command.least() && number <= command.most()) {
            return;
        }
        String what;
        if (command.most() == 0) {
            what = "accepts no arguments";
        } else if (command.least() == command.most()) {
            what = "requires " + plural(command.least());
        } else if (command.most() == Command.ANY) {
            what = "requires at least " + plural(command.least());
        } else if (command.least() == 0) {
            what = "requires at most " + plural(command.most());
        } else {
            what = "requires at least " + command.least() + " and at most " + plural(command.most());
        }
        throw new UsageFailure("muster: '" + path + "' " + what, UsageFailure.ARGUMENTS);
    }

    private static String plural(int number) {
        return number + (number == 1 ? " argument" : " arguments");
    }
}
