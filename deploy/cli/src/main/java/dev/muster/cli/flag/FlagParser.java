package dev.muster.cli.flag;

import dev.muster.stack.grammar.SyntaxFailure;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Reads a command's arguments with picocli, and says what is wrong with them in the words that swarm's users know. */
public final class FlagParser {

    private FlagParser() {}

    /** Throws {@link UsageFailure} for what the flags do not allow. */
    public static Arguments parse(Flags flags, boolean interspersed, List<String> words) {
        CommandLine parser = new CommandLine(FlagModel.of(flags, interspersed));
        parser.setExpandAtFiles(false);
        parser.setInterpolateVariables(false);
        ParseResult result;
        try {
            result = parser.parseArgs(words.toArray(String[]::new));
        } catch (UnmatchedArgumentException failure) {
            throw failure(unknown(failure.getUnmatched().getFirst(), flags));
        } catch (MissingParameterException failure) {
            throw failure("flag needs an argument: " + title(failure));
        } catch (ParameterException failure) {
            throw failure(String.valueOf(failure.getMessage()));
        }
        Map<String, List<String>> given = new LinkedHashMap<>();
        // Not only the matched ones: picocli does not count a boolean among them that has taken its value itself.
        for (OptionSpec option : parser.getCommandSpec().options()) {
            if (option.getValue() == null) {
                continue;
            }
            Flag flag = flags.named(option.longestName().substring(2)).orElseThrow();
            given.put(flag.name(), checked(flag, option.getValue()));
        }
        List<String> rest = result.matchedPositionalValue(0, List.of());
        return new Arguments(flags, given, rest);
    }

    private static List<String> checked(Flag flag, @Nullable Object values) {
        if (!flag.supported()) {
            throw failure("--" + flag.name() + " is not supported yet");
        }
        List<String> texts = values instanceof List<?> list
                ? list.stream().map(String::valueOf).toList()
                : List.of();
        for (String text : texts) {
            try {
                flag.check().check(text);
            } catch (SyntaxFailure failure) {
                throw failure(
                        "invalid argument \"" + text + "\" for \"" + flag.title() + "\" flag: " + failure.getMessage());
            }
        }
        return texts;
    }

    private static String unknown(String word, Flags flags) {
        if (word.startsWith("--")) {
            int equals = word.indexOf('=');
            return "unknown flag: " + (equals < 0 ? word : word.substring(0, equals));
        }
        char letter = word.chars()
                .skip(1)
                .mapToObj(next -> (char) next)
                .filter(next -> flags.shorthand(next).isEmpty())
                .findFirst()
                .orElse(word.charAt(word.length() - 1));
        return "unknown shorthand flag: '" + letter + "' in " + word;
    }

    private static String title(MissingParameterException failure) {
        return failure.getMissing().isEmpty() || !(failure.getMissing().getFirst() instanceof OptionSpec option)
                ? String.valueOf(failure.getMessage())
                : option.longestName();
    }

    private static UsageFailure failure(String message) {
        return new UsageFailure(message, UsageFailure.FLAG);
    }
}
