package dev.muster.cli.flag;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Stack;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Picocli's model of one command, built from its flags when the command is used: no annotations, no reflection. */
public final class FlagModel {

    private FlagModel() {}

    /** If flags are not interspersed, everything from the first other argument on belongs to the arguments. */
    public static CommandSpec of(Flags flags, boolean interspersed) {
        CommandSpec spec = CommandSpec.create();
        for (Flag flag : flags.all()) {
            spec.addOption(option(flag));
        }
        spec.addPositional(PositionalParamSpec.builder()
                .index("0..*")
                .arity("0..*")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .hidden(true)
                .build());
        spec.parser()
                .stopAtPositional(!interspersed)
                .overwrittenOptionsAllowed(true)
                .allowOptionsAsOptionParameters(true)
                .unmatchedArgumentsAllowed(false);
        spec.usageMessage().sortOptions(false);
        return spec;
    }

    private static OptionSpec option(Flag flag) {
        List<String> names = new ArrayList<>();
        if (flag.shorthand() != 0) {
            names.add("-" + flag.shorthand());
        }
        names.add("--" + flag.name());
        boolean says = !flag.defaultText().isEmpty() && !flag.defaultText().equals("0") && !flag.isBoolean();
        String initial = says ? " (default " + flag.defaultText() + ")" : "";
        OptionSpec.Builder option = OptionSpec.builder(names.toArray(String[]::new))
                .description(flag.help() + initial + (flag.supported() ? "" : " (not supported yet)"))
                .type(List.class)
                .auxiliaryTypes(String.class);
        if (flag.isBoolean()) {
            return option.arity("0").preprocessor(new AttachedBoolean()).build();
        }
        return option.arity("1").paramLabel(flag.word()).build();
    }

    /** A boolean's value is part of its word, {@code --detach=false}; the next word is never it. */
    private static final class AttachedBoolean implements IParameterPreprocessor {
        @Override
        public boolean preprocess(Stack<String> words, CommandSpec command, ArgSpec option, Map<String, Object> found) {
            boolean attached = "=".equals(found.get("separator"));
            option.setValue(List.of(attached ? words.pop() : "true"));
            return true;
        }
    }
}
