package dev.muster.cli.service;

import com.google.protobuf.Duration;
import dev.muster.api.Durations;
import dev.muster.api.EndpointSpec;
import dev.muster.api.HealthConfig;
import dev.muster.api.RestartPolicy;
import dev.muster.api.UpdateConfig;
import dev.muster.cli.command.CommandFailure;
import dev.muster.cli.flag.Arguments;
import dev.muster.stack.grammar.ShellWords;
import java.util.List;
import java.util.Locale;

/** Parts of a service's spec that create and update read from the same flags. Pure. */
final class SpecParts {

    private static final Duration FIVE_SECONDS =
            Duration.newBuilder().setSeconds(5).build();

    private static final String[] HEALTH = {
        "health-cmd",
        "health-interval",
        "health-timeout",
        "health-start-period",
        "health-start-interval",
        "health-retries"
    };

    private static final String[] RESTART = {
        "restart-condition", "restart-delay", "restart-max-attempts", "restart-window"
    };

    private SpecParts() {}

    static boolean saysUpdate(Arguments flags, String kind) {
        return flags.hasAny(
                kind + "-parallelism",
                kind + "-delay",
                kind + "-monitor",
                kind + "-failure-action",
                kind + "-max-failure-ratio",
                kind + "-order");
    }

    /** What a config is that only one flag is said of: the defaults, spelled out. */
    static UpdateConfig defaultUpdate() {
        return UpdateConfig.newBuilder()
                .setParallelism(1)
                .setMonitor(FIVE_SECONDS)
                .build();
    }

    static UpdateConfig update(Arguments flags, String kind, UpdateConfig current) {
        UpdateConfig.Builder config = current.toBuilder();
        if (flags.has(kind + "-parallelism")) {
            config.setParallelism(flags.number(kind + "-parallelism"));
        }
        if (flags.has(kind + "-delay")) {
            config.setDelay(Durations.of(flags.duration(kind + "-delay")));
        }
        if (flags.has(kind + "-monitor")) {
            config.setMonitor(Durations.of(flags.duration(kind + "-monitor")));
        }
        flags.find(kind + "-max-failure-ratio").ifPresent(ratio -> config.setMaxFailureRatio(Float.parseFloat(ratio)));
        flags.find(kind + "-failure-action").ifPresent(word -> config.setFailureAction(action(kind, word)));
        flags.find(kind + "-order")
                .ifPresent(word -> config.setOrder(
                        switch (word) {
                            case "start-first" -> UpdateConfig.Order.START_FIRST;
                            case "stop-first" -> UpdateConfig.Order.STOP_FIRST;
                            default ->
                                throw new CommandFailure("invalid --" + kind + "-order \"" + word
                                        + "\": expected start-first or stop-first");
                        }));
        return config.build();
    }

    private static UpdateConfig.FailureAction action(String kind, String word) {
        boolean update = kind.equals("update");
        return switch (update || !word.equals("rollback") ? word : "") {
            case "pause" -> UpdateConfig.FailureAction.PAUSE;
            case "continue" -> UpdateConfig.FailureAction.CONTINUE;
            case "rollback" -> UpdateConfig.FailureAction.ROLLBACK;
            default ->
                throw new CommandFailure("invalid --" + kind + "-failure-action \"" + word + "\": expected "
                        + (update ? "pause, continue or rollback" : "pause or continue"));
        };
    }

    static boolean saysRestart(Arguments flags) {
        return flags.hasAny(RESTART);
    }

    static RestartPolicy defaultRestart() {
        return RestartPolicy.newBuilder()
                .setCondition(RestartPolicy.Condition.ANY)
                .setDelay(FIVE_SECONDS)
                .build();
    }

    static RestartPolicy restart(Arguments flags, RestartPolicy current) {
        RestartPolicy.Builder policy = current.toBuilder();
        flags.find("restart-condition")
                .ifPresent(word -> policy.setCondition(
                        switch (word) {
                            case "none" -> RestartPolicy.Condition.NONE;
                            case "on-failure" -> RestartPolicy.Condition.ON_FAILURE;
                            case "any" -> RestartPolicy.Condition.ANY;
                            default ->
                                throw new CommandFailure("invalid --restart-condition \"" + word
                                        + "\": expected none, on-failure or any");
                        }));
        if (flags.has("restart-delay")) {
            policy.setDelay(Durations.of(flags.duration("restart-delay")));
        }
        if (flags.has("restart-window")) {
            policy.setWindow(Durations.of(flags.duration("restart-window")));
        }
        if (flags.has("restart-max-attempts")) {
            policy.setMaxAttempts(flags.number("restart-max-attempts"));
        }
        return policy.build();
    }

    static boolean saysHealth(Arguments flags) {
        return flags.hasAny(HEALTH) || flags.is("no-healthcheck");
    }

    static HealthConfig health(Arguments flags, HealthConfig current) {
        if (flags.is("no-healthcheck")) {
            if (flags.hasAny(HEALTH)) {
                throw new CommandFailure("--no-healthcheck conflicts with --health-* options");
            }
            return HealthConfig.newBuilder().addTest("NONE").build();
        }
        HealthConfig.Builder health = current.toBuilder();
        if (current.getTestList().equals(List.of("NONE"))) {
            health.clearTest();
        }
        flags.find("health-cmd").ifPresent(line -> {
            health.clearTest();
            if (!line.isEmpty()) {
                health.addTest("CMD-SHELL").addTest(line);
            }
        });
        if (flags.has("health-interval")) {
            health.setInterval(Durations.of(flags.duration("health-interval")));
        }
        if (flags.has("health-timeout")) {
            health.setTimeout(Durations.of(flags.duration("health-timeout")));
        }
        if (flags.has("health-start-period")) {
            health.setStartPeriod(Durations.of(flags.duration("health-start-period")));
        }
        if (flags.has("health-start-interval")) {
            health.setStartInterval(Durations.of(flags.duration("health-start-interval")));
        }
        if (flags.has("health-retries")) {
            health.setRetries((int) flags.number("health-retries"));
        }
        return health.build();
    }

    static EndpointSpec.Mode endpointMode(String word) {
        return switch (word.toLowerCase(Locale.ROOT)) {
            case "", "vip" -> EndpointSpec.Mode.VIP;
            case "dnsrr" -> EndpointSpec.Mode.DNSRR;
            default -> throw new CommandFailure("invalid --endpoint-mode \"" + word + "\": expected vip or dnsrr");
        };
    }

    static List<String> words(Arguments flags, String flag) {
        return ShellWords.split(flags.text(flag));
    }

    /** {@code CAP_NAME}, or ALL. */
    static String capability(String name) {
        String upper = name.strip().toUpperCase(Locale.ROOT);
        return upper.equals("ALL") || upper.startsWith("CAP_") ? upper : "CAP_" + upper;
    }
}
