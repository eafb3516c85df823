package dev.muster.cli.system;

import dev.muster.api.VersionRequest;
import dev.muster.api.VersionResponse;
import dev.muster.cli.command.Command;
import dev.muster.cli.command.CommandFailure;
import dev.muster.cli.command.Invocation;
import dev.muster.cli.flag.Flags;
import dev.muster.cli.json.Json;
import dev.muster.cli.output.Inspection;
import dev.muster.cli.output.Outline;
import dev.muster.cli.transport.UnreachableFailure;
import java.util.LinkedHashMap;
import java.util.Map;

/** {@code muster version}. */
public final class VersionCommand {

    private VersionCommand() {}

    public static Command command() {
        return Command.of(
                "version",
                "[OPTIONS]",
                "Show the versions of the command and of the daemon",
                VersionCommand::flags,
                VersionCommand::run);
    }

    private static Flags flags() {
        return new Flags().formatWithShorthand().bool("client", "Show the command's version only");
    }

    private static int run(Invocation invocation) {
        Build build = Build.ofThisProgram();
        if (invocation.is("client")) {
            invocation.print("Muster version " + build.version() + ", build " + build.commit());
            return 0;
        }
        String format = invocation.text("format");
        if (!format.isEmpty()) {
            Map<String, Object> both = new LinkedHashMap<>();
            both.put("Client", client(build));
            both.put("Server", Json.parse(invocation.daemon().json("/version")));
            invocation.print(Inspection.render(format, both));
            return 0;
        }
        Outline out = new Outline().plain("Client: Muster");
        line(out, "Version", build.version());
        line(out, "Git commit", build.commit());
        line(out, "Built", build.time());
        line(out, "Java version", Runtime.version().toString());
        line(out, "OS/Arch", build.platform());
        invocation.console().out().print(out);
        try {
            var request = VersionRequest.getDefaultInstance();
            invocation
                    .console()
                    .out()
                    .print(server(invocation.daemon().node("Version", request, VersionResponse.parser())));
        } catch (UnreachableFailure failure) {
            throw new CommandFailure(failure.getMessage());
        }
        return 0;
    }

    private static Map<String, Object> client(Build build) {
        Map<String, Object> client = new LinkedHashMap<>();
        client.put("Version", build.version());
        client.put("GitCommit", build.commit());
        client.put("BuildTime", build.time());
        client.put("JavaVersion", Runtime.version().toString());
        client.put("Os", build.platform().substring(0, build.platform().indexOf('/')));
        client.put("Arch", build.platform().substring(build.platform().indexOf('/') + 1));
        return client;
    }

    private static String server(VersionResponse version) {
        Outline out = new Outline().plain("").plain("Server: Muster");
        out.plain(" Engine:");
        component(out, "Version", version.getVersion());
        component(
                out, "API version", version.getApiVersion() + " (minimum version " + version.getMinApiVersion() + ")");
        component(out, "Git commit", version.getGitCommit());
        component(out, "Built", version.getBuildTime());
        component(out, "Java version", version.getJavaVersion());
        component(out, "OS/Arch", version.getOs() + "/" + version.getArchitecture());
        component(out, "Kernel", version.getKernelVersion());
        out.plain(" containerd:");
        component(out, "Version", version.getContainerdVersion());
        out.plain(" runc:");
        component(out, "Version", version.getRuncVersion());
        return out.toString();
    }

    private static void line(Outline out, String title, String value) {
        out.plain(String.format(" %-18s %s", title + ":", value));
    }

    private static void component(Outline out, String title, String value) {
        out.plain(String.format("  %-17s %s", title + ":", value));
    }
}
