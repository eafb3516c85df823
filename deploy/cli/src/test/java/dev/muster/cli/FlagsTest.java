package dev.muster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.cli.command.Command;
import dev.muster.cli.command.CommandTree;
import dev.muster.cli.flag.Flag;
import dev.muster.cli.flag.FlagModel;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The flags that users of swarm's client have: flags.txt lists them, command by command. */
class FlagsTest {

    private static final CommandTree TREE = Muster.commands();

    private static Command command(String path) {
        String[] words = path.split(" ", 2);
        if (words.length == 1) {
            return TREE.commands().get(words[0]).get();
        }
        return TREE.groups().get(words[0]).group().get().commands().stream()
                .filter(command -> command.isCalled(words[1]))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no command " + path));
    }

    @Test
    void everyFlagIsThereWithItsShorthandKindAndDefault() throws IOException {
        List<String> problems = new ArrayList<>();
        int seen = 0;
        try (InputStream stream = FlagsTest.class.getResourceAsStream("/flags.txt")) {
            for (String line : new String(stream.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList()) {
                if (!line.startsWith("#")) {
                    seen++;
                    check(line, problems);
                }
            }
        }
        assertThat(problems).isEmpty();
        assertThat(seen).isGreaterThan(300);
    }

    private static void check(String line, List<String> problems) {
        String[] fields = line.split("\\|", -1);
        Optional<Flag> flag = command(fields[0]).flags().get().named(fields[1]);
        if (flag.isEmpty()) {
            problems.add(line + ": missing");
            return;
        }
        String shorthand =
                flag.get().shorthand() == 0 ? "" : Character.toString(flag.get().shorthand());
        if (!shorthand.equals(fields[2])) {
            problems.add(line + ": shorthand " + shorthand);
        }
        if (flag.get().isBoolean() != fields[3].equals("bool")) {
            problems.add(line + ": takes " + (flag.get().isBoolean() ? "no value" : "a value"));
        }
        if (!flag.get().defaultText().equals(fields[4].equals("map[]") ? "" : fields[4])) {
            problems.add(line + ": default " + flag.get().defaultText());
        }
    }

    @Test
    void everyCommandHasAModelThatPicocliTakes() {
        TREE.groups().values().stream()
                .flatMap(branch -> branch.group().get().commands().stream())
                .forEach(command -> {
                    int flags = command.flags().get().all().size();
                    assertThat(FlagModel.of(command.flags().get(), command.interspersed())
                                    .options())
                            .hasSize(flags);
                });
    }
}
