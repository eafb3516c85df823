package dev.muster.cli.completion;

import dev.muster.cli.command.Command;
import dev.muster.cli.command.CommandGroup;
import dev.muster.cli.command.CommandTree;
import dev.muster.cli.flag.Flag;
import dev.muster.cli.flag.FlagModel;
import dev.muster.cli.flag.Flags;
import dev.muster.cli.transport.Daemon;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;

/** The words that may stand where the cursor is. The model of the command in question is picocli's. */
public final class Completions {

    /** Says that file names are wanted, which the shell knows best. */
    static final String FILES = "__files";

    private static final Map<String, List<String>> VALUES = Map.ofEntries(
            Map.entry("availability", List.of("active", "pause", "drain")),
            Map.entry("role", List.of("worker", "manager")),
            Map.entry("mode", List.of("replicated", "global", "replicated-job", "global-job")),
            Map.entry("endpoint-mode", List.of("vip", "dnsrr")),
            Map.entry("restart-condition", List.of("none", "on-failure", "any")),
            Map.entry("update-failure-action", List.of("pause", "continue", "rollback")),
            Map.entry("rollback-failure-action", List.of("pause", "continue")),
            Map.entry("update-order", List.of("start-first", "stop-first")),
            Map.entry("rollback-order", List.of("start-first", "stop-first")),
            Map.entry("resolve-image", List.of("always", "changed", "never")),
            Map.entry("driver", List.of("overlay")),
            Map.entry("format", List.of("table", "json")));

    private static final Set<String> FILE_FLAGS = Set.of("compose-file", "env-file");

    /** Flags whose values are names of objects of a kind. */
    private static final Map<String, String> OBJECTS = Map.of(
            "network", "network",
            "network-add", "network",
            "network-rm", "network",
            "secret", "secret",
            "secret-add", "secret",
            "secret-rm", "secret",
            "config", "config",
            "config-add", "config",
            "config-rm", "config");

    private final CommandTree tree;
    private final ObjectNames names;

    public Completions(CommandTree tree, Daemon daemon) {
        this.tree = tree;
        this.names = new ObjectNames(daemon);
    }

    /** The last word is the one at the cursor, as far as it is written. */
    public List<String> complete(List<String> words) {
        String current = words.isEmpty() ? "" : words.getLast();
        List<String> before = words.isEmpty() ? words : words.subList(0, words.size() - 1);
        return candidates(before, current)
                .filter(candidate -> candidate.startsWith(current) || candidate.equals(FILES))
                .distinct()
                .toList();
    }

    private Stream<String> candidates(List<String> before, String current) {
        int at = skipGlobalFlags(before);
        if (at == before.size()) {
            return current.startsWith("-")
                    ? flags(CommandTree.globalFlags())
                    : Stream.concat(tree.groups().keySet().stream(), tree.commands().keySet().stream());
        }
        String first = before.get(at);
        List<String> after = before.subList(at + 1, before.size());
        if (tree.commands().containsKey(first)) {
            return ofCommand(first, tree.commands().get(first).get(), after, current);
        }
        if (!tree.groups().containsKey(first)) {
            return Stream.empty();
        }
        CommandGroup group = tree.groups().get(first).group().get();
        if (after.isEmpty()) {
            return group.commands().stream().map(Command::name);
        }
        Optional<Command> command = group.commands().stream()
                .filter(candidate -> candidate.isCalled(after.getFirst()))
                .findFirst();
        return command.stream().flatMap(found -> ofCommand(first, found, after.subList(1, after.size()), current));
    }

    private static int skipGlobalFlags(List<String> words) {
        int at = 0;
        while (at < words.size() && words.get(at).startsWith("-")) {
            at += words.get(at).equals("-H") || words.get(at).equals("--host") ? 2 : 1;
        }
        return Math.min(at, words.size());
    }

    private Stream<String> ofCommand(String group, Command command, List<String> before, String current) {
        Flags flags = command.flags().get();
        Optional<Flag> open = before.isEmpty() ? Optional.empty() : open(before.getLast(), flags);
        if (open.isPresent()) {
            return values(open.get());
        }
        int equals = current.indexOf('=');
        if (current.startsWith("--") && equals > 0) {
            String prefix = current.substring(0, equals + 1);
            return flags.named(current.substring(2, equals)).stream()
                    .flatMap(this::values)
                    .map(value -> value.equals(FILES) ? FILES : prefix + value);
        }
        if (current.startsWith("-")) {
            return flags(flags);
        }
        return arguments(group, command.name(), arguments(before, flags));
    }

    /** The flag that waits for its value, if the word is one. */
    private static Optional<Flag> open(String word, Flags flags) {
        if (!word.startsWith("-") || word.contains("=")) {
            return Optional.empty();
        }
        return flags.all().stream()
                .filter(flag -> !flag.isBoolean())
                .filter(flag -> word.equals("--" + flag.name())
                        || (flag.shorthand() != 0 && !word.startsWith("--") && word.endsWith("" + flag.shorthand())))
                .findFirst();
    }

    private static List<String> arguments(List<String> before, Flags flags) {
        List<String> arguments = new ArrayList<>();
        for (int i = 0; i < before.size(); i++) {
            if (open(before.get(i), flags).isPresent()) {
                i++;
            } else if (!before.get(i).startsWith("-")) {
                arguments.add(before.get(i));
            }
        }
        return arguments;
    }

    private static Stream<String> flags(Flags flags) {
        CommandSpec spec = FlagModel.of(flags.sort(), true);
        Stream<String> names = spec.options().stream().map(option -> option.longestName());
        return Stream.concat(names, Stream.of("--help"));
    }

    private Stream<String> values(Flag flag) {
        if (FILE_FLAGS.contains(flag.name())) {
            return Stream.of(FILES);
        }
        if (OBJECTS.containsKey(flag.name())) {
            return names.of(OBJECTS.get(flag.name())).stream();
        }
        return VALUES.getOrDefault(flag.name(), List.of()).stream();
    }

    private Stream<String> arguments(String group, String command, List<String> given) {
        return switch (group + " " + command) {
            case "swarm join-token" -> given.isEmpty() ? Stream.of("worker", "manager") : Stream.empty();
            case "completion completion" -> given.isEmpty() ? Stream.of("bash", "zsh") : Stream.empty();
            case "service scale" -> names.of("service").stream().map(name -> name + "=");
            case "secret create", "config create" -> given.size() == 1 ? Stream.of(FILES) : Stream.empty();
            case "node inspect", "node ps" -> Stream.concat(Stream.of("self"), names.of("node").stream());
            default -> {
                boolean many =
                        Set.of("rm", "inspect", "ps", "demote", "promote").contains(command);
                boolean one = Set.of("update", "rollback", "logs", "deploy", "services")
                                .contains(command)
                        && given.isEmpty();
                yield many || one ? names.of(group).stream().filter(name -> !given.contains(name)) : Stream.empty();
            }
        };
    }
}
