package dev.muster.cli.output;

import dev.muster.cli.command.CommandFailure;
import dev.muster.cli.command.Invocation;
import dev.muster.cli.json.Json;
import dev.muster.cli.template.Template;
import dev.muster.cli.template.TemplateFailure;
import dev.muster.cli.transport.DaemonFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Prints objects in full: the daemon's JSON as an array, on one line each, or through a template. */
public final class Inspection {

    private Inspection() {}

    /**
     * Prints what {@code find} gives for each name, also after one is missing; then fails with what was wrong.
     *
     * @param find the JSON of one object
     */
    public static int print(Invocation invocation, String format, List<String> names, Function<String, String> find) {
        Template template = template(format);
        List<@Nullable Object> found = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        for (String name : names) {
            try {
                found.add(Json.parse(find.apply(name)));
            } catch (DaemonFailure failure) {
                problems.add(failure.getMessage());
            }
        }
        invocation.console().out().print(render(format, template, found));
        if (!problems.isEmpty()) {
            throw new CommandFailure(String.join("\n", problems));
        }
        return 0;
    }

    private static @Nullable Template template(String format) {
        return format.isEmpty() || format.equals("json") ? null : parse(format);
    }

    private static String render(String format, @Nullable Template template, List<@Nullable Object> found) {
        if (template == null) {
            return (format.isEmpty() ? Json.indented(found) : Json.compact(found)) + "\n";
        }
        StringBuilder text = new StringBuilder();
        found.forEach(object -> text.append(template.render(object)).append('\n'));
        return text.toString();
    }

    /** One object that is no list: {@code info} and {@code version}. */
    public static String render(String format, @Nullable Object value) {
        return format.equals("json") ? Json.compact(value) : parse(format).render(value);
    }

    private static Template parse(String format) {
        try {
            return Template.parse(format);
        } catch (TemplateFailure failure) {
            throw new CommandFailure(failure.getMessage(), CommandFailure.TEMPLATE);
        }
    }
}
