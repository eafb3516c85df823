package dev.muster.cli.flag;

import dev.muster.stack.grammar.ByteSize;
import dev.muster.stack.grammar.GoDuration;
import dev.muster.stack.grammar.NanoCpus;
import dev.muster.stack.grammar.SyntaxFailure;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The flags of one command. A builder confined to the command's declaration: each call adds a flag. */
public final class Flags {

    private static final char NONE = 0;

    private final List<Flag> flags = new ArrayList<>();

    public static Flags none() {
        return new Flags();
    }

    public Flags bool(String name, char shorthand, String help) {
        return add(new Flag(name, shorthand, "", false, "", help, Flags::checkBoolean, true));
    }

    public Flags bool(String name, String help) {
        return bool(name, NONE, help);
    }

    /** A boolean that is true unless the user says {@code --name=false}. */
    public Flags boolTrue(String name, char shorthand, String help) {
        return add(new Flag(name, shorthand, "", false, "true", help, Flags::checkBoolean, true));
    }

    public Flags text(String name, String help) {
        return text(name, NONE, "string", "", help);
    }

    public Flags text(String name, char shorthand, String help) {
        return text(name, shorthand, "string", "", help);
    }

    public Flags text(String name, char shorthand, String word, String defaultText, String help) {
        return checked(name, shorthand, word, defaultText, help, _ -> {});
    }

    public Flags checked(String name, char shorthand, String word, String defaultText, String help, Flag.Check check) {
        return add(new Flag(name, shorthand, word, false, defaultText, help, check, true));
    }

    public Flags list(String name, String help) {
        return list(name, NONE, "list", help, _ -> {});
    }

    public Flags list(String name, char shorthand, String help) {
        return list(name, shorthand, "list", help, _ -> {});
    }

    public Flags list(String name, char shorthand, String word, String help, Flag.Check check) {
        return add(new Flag(name, shorthand, word, true, "", help, check, true));
    }

    public Flags duration(String name, String defaultText, String help) {
        return checked(name, NONE, "duration", defaultText, help, GoDuration::parse);
    }

    public Flags bytes(String name, String help) {
        return checked(name, NONE, "bytes", "0", help, ByteSize::parse);
    }

    public Flags decimal(String name, String help) {
        return checked(name, NONE, "decimal", "", help, NanoCpus::parse);
    }

    /** A whole number, not negative. */
    public Flags count(String name, String defaultText, String help) {
        return checked(name, NONE, "uint", defaultText, help, Flags::checkCount);
    }

    public Flags integer(String name, String defaultText, String help) {
        return checked(name, NONE, "int", defaultText, help, Flags::checkInteger);
    }

    public Flags ratio(String name, String help) {
        return checked(name, NONE, "float", "0", help, Flags::checkFloat);
    }

    /** {@code KEY=VALUE}, repeatable. */
    public Flags filter() {
        return list("filter", 'f', "filter", "Show only what matches KEY=VALUE", Filters::check);
    }

    public Flags format() {
        return text("format", "Print with a Go template, 'table TEMPLATE', or 'json'");
    }

    public Flags formatWithShorthand() {
        return text("format", 'f', "Print with a Go template, or 'json'");
    }

    public Flags quiet(String help) {
        return bool("quiet", 'q', help);
    }

    /** Marks the last flag as known but without effect yet: using it is an error. */
    public Flags notYet() {
        flags.set(flags.size() - 1, flags.getLast().unsupported());
        return this;
    }

    private Flags add(Flag flag) {
        flags.add(flag);
        return this;
    }

    public Flags addAll(Flags others) {
        flags.addAll(others.flags);
        return this;
    }

    /** By name, as help lists them. */
    public Flags sort() {
        flags.sort(Comparator.comparing(Flag::name));
        return this;
    }

    public List<Flag> all() {
        return Collections.unmodifiableList(flags);
    }

    public Optional<Flag> named(String name) {
        return flags.stream().filter(flag -> flag.name().equals(name)).findFirst();
    }

    Optional<Flag> shorthand(char letter) {
        return flags.stream().filter(flag -> flag.shorthand() == letter).findFirst();
    }

    static boolean parseBoolean(String text) {
        return switch (text) {
            case "1", "t", "T", "true", "TRUE", "True" -> true;
            case "0", "f", "F", "false", "FALSE", "False" -> false;
            default -> throw new SyntaxFailure("\"" + text + "\" is neither true nor false");
        };
    }

    private static void checkBoolean(String text) {
        parseBoolean(text);
    }

    private static void checkCount(String text) {
        if (!text.matches("[0-9]{1,18}")) {
            throw new SyntaxFailure("\"" + text + "\" is not a whole number from 0 on");
        }
    }

    private static void checkInteger(String text) {
        if (!text.matches("[-+]?[0-9]{1,18}")) {
            throw new SyntaxFailure("\"" + text + "\" is not a whole number");
        }
    }

    private static void checkFloat(String text) {
        if (!text.matches("[-+]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)")) {
            throw new SyntaxFailure("\"" + text + "\" is not a number");
        }
    }
}
