package dev.muster.cli.service;

import dev.muster.cli.command.Invocation;
import dev.muster.cli.flag.Flags;
import dev.muster.cli.output.Inspection;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** {@code service inspect}. */
final class ServiceInspect {

    private ServiceInspect() {}

    static Flags flags() {
        return new Flags().formatWithShorthand().bool("pretty", "Print for people");
    }

    static int run(Invocation invocation) {
        if (invocation.is("pretty")) {
            if (invocation.arguments().has("format")) {
                throw invocation.failure("--format is incompatible with human friendly format");
            }
            return dev.muster.cli.command.EachOf.run(invocation.arguments().rest(), name -> {
                var service = ServiceCommands.get(invocation, name);
                invocation.console().out().print(new ServicePretty(invocation, service).render());
            });
        }
        return Inspection.print(
                invocation,
                invocation.text("format"),
                invocation.arguments().rest(),
                name -> invocation
                        .daemon()
                        .json("/services/" + URLEncoder.encode(name, StandardCharsets.UTF_8) + "?insertDefaults=true"));
    }
}
