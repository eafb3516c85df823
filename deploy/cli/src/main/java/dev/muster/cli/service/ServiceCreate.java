package dev.muster.cli.service;

import dev.muster.api.CreateServiceRequest;
import dev.muster.api.CreateServiceResponse;
import dev.muster.cli.auth.RegistryCredentials;
import dev.muster.cli.command.Invocation;
import dev.muster.cli.progress.Progress;
import dev.muster.stack.grammar.ImageName;

/** {@code service create}. */
final class ServiceCreate {

    private ServiceCreate() {}

    static int run(Invocation invocation) {
        var spec = new SpecFromFlags(invocation.arguments(), invocation.console()).build();
        CreateServiceRequest.Builder request =
                CreateServiceRequest.newBuilder().setSpec(spec).setResolveImage(!invocation.is("no-resolve-image"));
        if (invocation.is("with-registry-auth")) {
            request.setRegistryAuth(
                    registryAuth(invocation, spec.getTask().getContainer().getImage()));
        }
        var response = invocation.daemon().control("CreateService", request.build(), CreateServiceResponse.parser());
        response.getWarningsList().forEach(invocation.console()::warn);
        String id = response.getService().getId();
        invocation.print(id);
        if (!invocation.is("detach")) {
            new Progress(invocation, invocation.is("quiet")).await(id);
        }
        return 0;
    }

    static String registryAuth(Invocation invocation, String image) {
        return RegistryCredentials.load(invocation.console()).header(ImageName.registry(image));
    }
}
