package dev.muster.worker.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * As much of a shell as tests need: "true", "false", "sleep SECONDS", "sh -c 'echo TEXT; exit CODE'". Programs that are
 * not known run until they are ended.
 */
final class FakeProgram {

    /** Stands for a command that no image has. */
    private static final Set<String> MISSING = Set.of("no-such-command");

    private FakeProgram() {}

    static List<String> args(ContainerPlan plan) {
        List<String> args = new ArrayList<>();
        ImageConfig image = plan.image().config();
        if (plan.spec().getCommandCount() > 0) {
            args.addAll(plan.spec().getCommandList());
            args.addAll(plan.spec().getArgsList());
        } else {
            args.addAll(image.entrypoint());
            args.addAll(plan.spec().getArgsCount() > 0 ? plan.spec().getArgsList() : image.cmd());
        }
        return args;
    }

    static boolean exists(String command) {
        return !MISSING.contains(command);
    }

    /** The code with which it ends at once; empty if it runs on. */
    static Optional<Integer> exitCode(List<String> args) {
        return switch (args.getFirst()) {
            case "true", "echo" -> Optional.of(0);
            case "false" -> Optional.of(1);
            case "sh" ->
                script(args).stream()
                        .filter(each -> each.startsWith("exit "))
                        .map(each -> Integer.parseInt(each.substring("exit ".length())))
                        .findFirst();
            default -> Optional.empty();
        };
    }

    /** A first process without handlers is deaf to all but SIGKILL; a script with a trap ends. */
    static boolean diesOf(List<String> args, int signal) {
        return signal == 9 || script(args).stream().anyMatch(each -> each.startsWith("trap "));
    }

    static ExecResult run(ExecPlan plan) {
        if (!exists(plan.args().getFirst())) {
            return new ExecResult.NotStarted("OCI runtime exec failed: executable file not found in $PATH");
        }
        StringBuilder output = new StringBuilder();
        for (String each : script(plan.args())) {
            if (each.startsWith("echo ")) {
                output.append(each.substring("echo ".length())).append('\n');
            }
        }
        String kept = output.substring(0, Math.min(output.length(), plan.outputLimitBytes()));
        return exitCode(plan.args())
                .<ExecResult>map(code -> new ExecResult.Ended(code, kept))
                .orElseGet(() -> new ExecResult.TimedOut(kept));
    }

    private static List<String> script(List<String> args) {
        return args.size() == 3 && args.getFirst().equals("sh")
                ? List.of(args.getLast().split("; "))
                : List.of();
    }
}
