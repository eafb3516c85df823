package dev.muster.cli.service;

import dev.muster.api.Service;
import dev.muster.api.ServiceSpec;
import dev.muster.api.UpdateServiceRequest;
import dev.muster.api.UpdateServiceResponse;
import dev.muster.cli.command.CommandFailure;
import dev.muster.cli.command.Invocation;
import dev.muster.cli.flag.Flags;
import dev.muster.cli.progress.Progress;
import dev.muster.cli.transport.DaemonFailure;
import java.util.ArrayList;
import java.util.List;

/** {@code service scale}: an error with one service does not keep the others from their turn. */
final class ServiceScale {

    private ServiceScale() {}

    static Flags flags() {
        return new Flags().bool("detach", 'd', "Return at once, do not wait for the services to converge");
    }

    static int run(Invocation invocation) {
        for (String argument : invocation.arguments().rest()) {
            int equals = argument.indexOf('=');
            if (equals < 1 || equals == argument.length() - 1) {
                throw new CommandFailure("invalid scale specifier '" + argument + "'.\nSee '" + invocation.path()
                        + " --help'.\n\nUsage:  " + invocation.path() + " SERVICE=REPLICAS [SERVICE=REPLICAS...]");
            }
        }
        List<String> problems = new ArrayList<>();
        List<String> scaled = new ArrayList<>();
        for (String argument : invocation.arguments().rest()) {
            String name = argument.substring(0, argument.indexOf('='));
            String value = argument.substring(argument.indexOf('=') + 1);
            try {
                scaled.add(scale(invocation, name, value));
                invocation.print(name + " scaled to " + value);
            } catch (CommandFailure failure) {
                problems.add(name + ": " + failure.getMessage());
            } catch (DaemonFailure failure) {
                problems.add(name + ": " + failure.getMessage());
            }
        }
        if (!invocation.is("detach")) {
            scaled.forEach(new Progress(invocation, false)::await);
        }
        if (!problems.isEmpty()) {
            throw new CommandFailure(String.join("\n", problems));
        }
        return 0;
    }

    private static String scale(Invocation invocation, String name, String value) {
        if (!value.matches("[0-9]{1,18}")) {
            throw new CommandFailure("invalid replicas value " + value + ": expected a whole number from 0 on");
        }
        Service service = ServiceCommands.get(invocation, name);
        ServiceSpec.Builder spec = service.getSpec().toBuilder();
        if (spec.hasReplicated()) {
            spec.getReplicatedBuilder().setReplicas(Long.parseLong(value));
        } else if (spec.hasReplicatedJob()) {
            spec.getReplicatedJobBuilder().setTotalCompletions(Long.parseLong(value));
        } else {
            throw new CommandFailure("scale can only be used with replicated or replicated-job mode");
        }
        var request = UpdateServiceRequest.newBuilder()
                .setId(service.getId())
                .setVersion(service.getMeta().getVersion())
                .setSpec(spec)
                .build();
        var response = invocation.daemon().control("UpdateService", request, UpdateServiceResponse.parser());
        response.getWarningsList().forEach(invocation.console()::warn);
        return service.getId();
    }
}
