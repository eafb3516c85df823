package dev.muster.cli.service;

import dev.muster.api.GetNetworkRequest;
import dev.muster.api.GetNetworkResponse;
import dev.muster.api.Service;
import dev.muster.api.ServiceSpec;
import dev.muster.api.UpdateServiceRequest;
import dev.muster.api.UpdateServiceResponse;
import dev.muster.cli.command.Invocation;
import dev.muster.cli.flag.Flags;
import dev.muster.cli.progress.Progress;
import java.util.Set;

/** {@code service update} and {@code service rollback}. */
final class ServiceUpdateCommand {

    private static final Set<String> BESIDES_ROLLBACK = Set.of("rollback", "detach", "quiet");

    private ServiceUpdateCommand() {}

    static int run(Invocation invocation) {
        if (invocation.is("rollback")) {
            if (!BESIDES_ROLLBACK.containsAll(invocation.arguments().given().keySet())) {
                throw invocation.failure("other flags may not be combined with --rollback");
            }
            return rollback(invocation);
        }
        String name = invocation.arguments().first();
        Service service = ServiceCommands.get(invocation, name);
        var update =
                new SpecUpdate(invocation.arguments(), invocation.console(), network -> networkId(invocation, network));
        ServiceSpec spec = update.apply(service.getSpec());
        boolean newImage = invocation.arguments().has("image");
        UpdateServiceRequest.Builder request = UpdateServiceRequest.newBuilder()
                .setId(service.getId())
                .setVersion(service.getMeta().getVersion())
                .setSpec(spec)
                .setRegistryAuthFrom(UpdateServiceRequest.AuthFrom.SPEC)
                .setResolveImage(newImage && !invocation.is("no-resolve-image"));
        if (invocation.is("with-registry-auth")) {
            String image = spec.getTask().getContainer().getImage();
            request.setRegistryAuth(ServiceCreate.registryAuth(invocation, image));
        }
        return send(invocation, name, request.build());
    }

    static Flags rollbackFlags() {
        return new Flags()
                .bool("detach", 'd', "Return at once, do not wait for the service to converge")
                .quiet("Show no progress");
    }

    static int rollback(Invocation invocation) {
        String name = invocation.arguments().first();
        Service service = ServiceCommands.get(invocation, name);
        UpdateServiceRequest request = UpdateServiceRequest.newBuilder()
                .setId(service.getId())
                .setVersion(service.getMeta().getVersion())
                .setRollback(true)
                .build();
        return send(invocation, name, request);
    }

    private static int send(Invocation invocation, String name, UpdateServiceRequest request) {
        var response = invocation.daemon().control("UpdateService", request, UpdateServiceResponse.parser());
        response.getWarningsList().forEach(invocation.console()::warn);
        invocation.print(name);
        if (!invocation.is("detach")) {
            new Progress(invocation, invocation.is("quiet")).await(request.getId());
        }
        return 0;
    }

    private static String networkId(Invocation invocation, String name) {
        var request = GetNetworkRequest.newBuilder().setId(name).build();
        return invocation
                .daemon()
                .control("GetNetwork", request, GetNetworkResponse.parser())
                .getNetwork()
                .getId();
    }
}
