package dev.muster.cli.service;

import dev.muster.cli.flag.Flag;
import dev.muster.cli.flag.Flags;
import dev.muster.cli.value.FileOption;
import dev.muster.cli.value.MountOption;
import dev.muster.cli.value.NetworkOption;
import dev.muster.cli.value.Pairs;
import dev.muster.cli.value.PublishOption;
import dev.muster.stack.grammar.ShellWords;

/** The flags of {@code service create} and {@code service update}. */
final class ServiceFlags {

    private static final char NONE = 0;

    private ServiceFlags() {}

    static Flags create() {
        Flags flags = new Flags()
                .text("name", "Service name")
                .text("mode", NONE, "string", "replicated", "replicated, global, replicated-job or global-job")
                .list("label", 'l', "Service labels")
                .list("container-label", "Container labels")
                .list("constraint", "Placement constraints")
                .list("placement-pref", NONE, "pref", "Placement preferences: spread=DESCRIPTOR", Pairs::spread)
                .list("env", 'e', "Environment variables")
                .list("env-file", "Files with environment variables")
                .list("group", "Supplementary groups of the container's user")
                .list("sysctl", "Kernel parameters: KEY=VALUE")
                .list("ulimit", NONE, "ulimit", "Limits of processes: NAME=SOFT[:HARD]", Pairs::ulimit)
                .list("host", NONE, "list", "Entries of /etc/hosts: NAME:IP", Pairs::host)
                .list("dns", NONE, "list", "DNS servers", Pairs::dns)
                .list("dns-option", "DNS options")
                .list("dns-search", "DNS search domains")
                .list("mount", NONE, "mount", "Mounts: type=…,source=…,target=…", MountOption::parse)
                .list("network", NONE, "network", "Networks to attach to", NetworkOption::parse)
                .list("publish", 'p', "port", "Ports to publish", PublishOption::parse)
                .list("secret", NONE, "secret", "Secrets for the service", FileOption::parse)
                .list("config", NONE, "config", "Configs for the service", FileOption::parse)
                .list("generic-resource", NONE, "list", "Generic resources: KIND=NUMBER", Pairs::genericResource)
                .checked("endpoint-mode", NONE, "string", "vip", "vip or dnsrr", _ -> {});
        return common(flags, "1");
    }

    static Flags update() {
        Flags flags = new Flags()
                .checked("args", NONE, "command", "", "Arguments of the command", ShellWords::split)
                .text("image", "Image")
                .bool("force", "Replace the tasks even if nothing else changed")
                .bool("rollback", "Go back to the previous specification");
        addAndRemove(flags, "label", "list", "service labels", _ -> {});
        addAndRemove(flags, "container-label", "list", "container labels", _ -> {});
        addAndRemove(flags, "constraint", "list", "placement constraints", _ -> {});
        addAndRemove(flags, "env", "list", "environment variables", _ -> {});
        addAndRemove(flags, "group", "list", "supplementary groups", _ -> {});
        addAndRemove(flags, "sysctl", "list", "kernel parameters", _ -> {});
        addAndRemove(flags, "ulimit", "ulimit", "limits of processes", Pairs::ulimit);
        addAndRemove(flags, "host", "list", "entries of /etc/hosts", Pairs::host);
        addAndRemove(flags, "dns", "list", "DNS servers", Pairs::dns);
        addAndRemove(flags, "dns-option", "list", "DNS options", _ -> {});
        addAndRemove(flags, "dns-search", "list", "DNS search domains", _ -> {});
        addAndRemove(flags, "mount", "mount", "mounts", MountOption::parse);
        addAndRemove(flags, "network", "network", "networks", NetworkOption::parse);
        addAndRemove(flags, "secret", "secret", "secrets", FileOption::parse);
        addAndRemove(flags, "config", "config", "configs", FileOption::parse);
        addAndRemove(flags, "generic-resource", "list", "generic resources", Pairs::genericResource);
        flags.list("placement-pref-add", NONE, "pref", "Add placement preferences", Pairs::spread)
                .list("placement-pref-rm", NONE, "pref", "Remove placement preferences", Pairs::spread)
                .list("publish-add", NONE, "port", "Add published ports", PublishOption::parse)
                .list("publish-rm", NONE, "port", "Remove published ports by their target ports", PublishOption::parse)
                .checked("endpoint-mode", NONE, "string", "", "vip or dnsrr", _ -> {});
        return common(flags, "0");
    }

    private static void addAndRemove(Flags flags, String name, String word, String what, Flag.Check check) {
        flags.list(name + "-add", NONE, word, "Add or update " + what, check);
        flags.list(name + "-rm", "Remove " + what);
    }

    private static Flags common(Flags flags, String parallelism) {
        flags.bool("detach", 'd', "Return at once, do not wait for the service to converge")
                .quiet("Show no progress")
                .count("replicas", "", "Number of tasks")
                .count("max-concurrent", "", "Tasks of a job that run at the same time")
                .count("replicas-max-per-node", "0", "Most tasks on one node (0: any number)")
                .text("workdir", 'w', "Working directory in the container")
                .text("user", 'u', "User or UID[:GROUP]")
                .text("hostname", "Host name of the containers")
                .checked("entrypoint", NONE, "command", "", "Replaces the image's entrypoint", ShellWords::split)
                .bool("init", "Run an init in each container that forwards signals and reaps processes")
                .bool("tty", 't', "Allocate a terminal")
                .bool("read-only", "Mount the container's root file system read only")
                .text("isolation", "Isolation of the containers")
                .text("stop-signal", "Signal that stops a container")
                .duration("stop-grace-period", "", "Time between the stop signal and the kill")
                .list("cap-add", "Add capabilities")
                .list("cap-drop", "Drop capabilities")
                .integer("oom-score-adj", "0", "Adjust the host's preference for killing the container (-1000 to 1000)")
                .checked(
                        "credential-spec",
                        NONE,
                        "credential-spec",
                        "",
                        "Credentials of a managed service account",
                        Pairs::credentialSpec);
        health(flags);
        resources(flags);
        updates(flags, "update", "pause, continue or rollback", parallelism);
        updates(flags, "rollback", "pause or continue", parallelism);
        return flags.bool("with-registry-auth", "Send the registry's credentials to the nodes")
                .bool("no-resolve-image", "Do not ask the registry for the image's digest and platforms");
    }

    private static void health(Flags flags) {
        flags.text("health-cmd", "Command that checks the health")
                .duration("health-interval", "", "Time between two checks")
                .duration("health-timeout", "", "Longest time for one check")
                .duration("health-start-period", "", "Time in which failures do not count yet")
                .duration("health-start-interval", "", "Time between two checks in the start period")
                .integer("health-retries", "0", "Failures in a row that make a container unhealthy")
                .bool("no-healthcheck", "Switch off the image's health check");
    }

    private static void resources(Flags flags) {
        flags.decimal("limit-cpu", "Most CPUs")
                .decimal("reserve-cpu", "Reserved CPUs")
                .bytes("limit-memory", "Most memory")
                .bytes("reserve-memory", "Reserved memory")
                .integer("limit-pids", "0", "Most processes (0: any number)")
                .bytes("memory-swap", "Most memory and swap together")
                .notYet()
                .integer("memory-swappiness", "-1", "How readily memory is swapped (0 to 100)")
                .notYet()
                .text("log-driver", "Where the containers' output goes")
                .list("log-opt", "Options of the log driver")
                .text("restart-condition", "none, on-failure or any")
                .duration("restart-delay", "", "Time before a restart")
                .count("restart-max-attempts", "", "Most restarts")
                .duration("restart-window", "", "Time in which restarts are counted");
    }

    private static void updates(Flags flags, String kind, String actions, String parallelism) {
        flags.count(kind + "-parallelism", parallelism, "Tasks replaced at the same time (0: all)")
                .duration(kind + "-delay", "0s", "Time between two tasks")
                .duration(kind + "-monitor", "0s", "Time in which a failure counts")
                .text(kind + "-failure-action", "What a failure leads to: " + actions)
                .ratio(kind + "-max-failure-ratio", "Share of tasks that may fail")
                .text(kind + "-order", "start-first or stop-first");
    }
}
