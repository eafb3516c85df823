package dev.muster.manager.http;

import dev.muster.api.ApplyStackRequest;
import dev.muster.api.CreateConfigRequest;
import dev.muster.api.CreateNetworkRequest;
import dev.muster.api.CreateSecretRequest;
import dev.muster.api.CreateServiceRequest;
import dev.muster.api.GetClusterRequest;
import dev.muster.api.GetConfigRequest;
import dev.muster.api.GetNetworkRequest;
import dev.muster.api.GetNodeRequest;
import dev.muster.api.GetSecretRequest;
import dev.muster.api.GetServiceRequest;
import dev.muster.api.GetTaskRequest;
import dev.muster.api.GetUnlockKeyRequest;
import dev.muster.api.ListConfigsRequest;
import dev.muster.api.ListNetworksRequest;
import dev.muster.api.ListNodesRequest;
import dev.muster.api.ListSecretsRequest;
import dev.muster.api.ListServicesRequest;
import dev.muster.api.ListTasksRequest;
import dev.muster.api.RemoveConfigRequest;
import dev.muster.api.RemoveNetworkRequest;
import dev.muster.api.RemoveNodeRequest;
import dev.muster.api.RemoveSecretRequest;
import dev.muster.api.RemoveServiceRequest;
import dev.muster.api.RemoveStackRequest;
import dev.muster.api.ServiceLogsRequest;
import dev.muster.api.UpdateClusterRequest;
import dev.muster.api.UpdateConfigRequest;
import dev.muster.api.UpdateNodeRequest;
import dev.muster.api.UpdateSecretRequest;
import dev.muster.api.UpdateServiceRequest;
import dev.muster.http.Exchange;
import dev.muster.http.Router;
import dev.muster.http.RpcCode;
import dev.muster.http.RpcFailure;
import dev.muster.http.RpcRoutes;
import dev.muster.manager.control.Control;
import dev.muster.manager.control.ControlFailure;
import java.io.IOException;
import java.util.function.Supplier;

/** The calls of {@code muster.v1.Control} on the local socket: the same logic as over gRPC, for the command line. */
public final class ControlRoutes {
    private static final System.Logger LOG = System.getLogger(ControlRoutes.class.getName());

    /** Asked at each call: throws what the caller should hear while this node is no manager. */
    private final Supplier<Control> control;

    public ControlRoutes(Supplier<Control> control) {
        this.control = control;
    }

    public void addTo(Router router) {
        RpcRoutes routes = new RpcRoutes(router, "muster.v1.Control", ControlRoutes::failure);
        cluster(routes);
        services(routes);
        payloads(routes);
        networks(routes);
        routes.serverStreaming("ServiceLogs", ServiceLogsRequest.parser(), this::logs);
    }

    /** What a failed call means to whoever called over HTTP. */
    public static RpcFailure failure(RuntimeException e) {
        if (e instanceof ControlFailure known) {
            return new RpcFailure(known.code(), known.text());
        }
        LOG.log(System.Logger.Level.ERROR, "a control call failed", e);
        String message = e.getMessage();
        return new RpcFailure(RpcCode.INTERNAL, message == null ? e.getClass().getSimpleName() : message);
    }

    /** Ends when the logs do, or with the client: its thread is then interrupted, for a source that has nothing to send. */
    private void logs(
            ServiceLogsRequest request, RpcRoutes.Responses<dev.muster.api.ServiceLogsResponse> out, Exchange exchange)
            throws IOException {
        exchange.onClientGone(Thread.currentThread()::interrupt);
        control.get().serviceLogs(request, out::send);
    }

    private void cluster(RpcRoutes routes) {
        routes.unary(
                        "GetCluster",
                        GetClusterRequest.parser(),
                        (GetClusterRequest q) -> control.get().getCluster(q))
                .unary(
                        "UpdateCluster",
                        UpdateClusterRequest.parser(),
                        (UpdateClusterRequest q) -> control.get().updateCluster(q))
                .unary(
                        "GetUnlockKey",
                        GetUnlockKeyRequest.parser(),
                        (GetUnlockKeyRequest q) -> control.get().getUnlockKey(q))
                .unary(
                        "GetNode",
                        GetNodeRequest.parser(),
                        (GetNodeRequest q) -> control.get().getNode(q))
                .unary(
                        "ListNodes",
                        ListNodesRequest.parser(),
                        (ListNodesRequest q) -> control.get().listNodes(q))
                .unary(
                        "UpdateNode",
                        UpdateNodeRequest.parser(),
                        (UpdateNodeRequest q) -> control.get().updateNode(q))
                .unary(
                        "RemoveNode",
                        RemoveNodeRequest.parser(),
                        (RemoveNodeRequest q) -> control.get().removeNode(q));
    }

    private void services(RpcRoutes routes) {
        routes.unary(
                        "CreateService",
                        CreateServiceRequest.parser(),
                        (CreateServiceRequest q) -> control.get().createService(q))
                .unary(
                        "GetService",
                        GetServiceRequest.parser(),
                        (GetServiceRequest q) -> control.get().getService(q))
                .unary(
                        "ListServices",
                        ListServicesRequest.parser(),
                        (ListServicesRequest q) -> control.get().listServices(q))
                .unary(
                        "UpdateService",
                        UpdateServiceRequest.parser(),
                        (UpdateServiceRequest q) -> control.get().updateService(q))
                .unary(
                        "RemoveService",
                        RemoveServiceRequest.parser(),
                        (RemoveServiceRequest q) -> control.get().removeService(q))
                .unary(
                        "GetTask",
                        GetTaskRequest.parser(),
                        (GetTaskRequest q) -> control.get().getTask(q))
                .unary(
                        "ListTasks",
                        ListTasksRequest.parser(),
                        (ListTasksRequest q) -> control.get().listTasks(q));
    }

    private void payloads(RpcRoutes routes) {
        routes.unary(
                        "CreateSecret",
                        CreateSecretRequest.parser(),
                        (CreateSecretRequest q) -> control.get().createSecret(q))
                .unary(
                        "GetSecret",
                        GetSecretRequest.parser(),
                        (GetSecretRequest q) -> control.get().getSecret(q))
                .unary(
                        "ListSecrets",
                        ListSecretsRequest.parser(),
                        (ListSecretsRequest q) -> control.get().listSecrets(q))
                .unary(
                        "UpdateSecret",
                        UpdateSecretRequest.parser(),
                        (UpdateSecretRequest q) -> control.get().updateSecret(q))
                .unary(
                        "RemoveSecret",
                        RemoveSecretRequest.parser(),
                        (RemoveSecretRequest q) -> control.get().removeSecret(q))
                .unary(
                        "CreateConfig",
                        CreateConfigRequest.parser(),
                        (CreateConfigRequest q) -> control.get().createConfig(q))
                .unary(
                        "GetConfig",
                        GetConfigRequest.parser(),
                        (GetConfigRequest q) -> control.get().getConfig(q))
                .unary(
                        "ListConfigs",
                        ListConfigsRequest.parser(),
                        (ListConfigsRequest q) -> control.get().listConfigs(q))
                .unary(
                        "UpdateConfig",
                        UpdateConfigRequest.parser(),
                        (UpdateConfigRequest q) -> control.get().updateConfig(q))
                .unary(
                        "RemoveConfig",
                        RemoveConfigRequest.parser(),
                        (RemoveConfigRequest q) -> control.get().removeConfig(q));
    }

    private void networks(RpcRoutes routes) {
        routes.unary(
                        "CreateNetwork",
                        CreateNetworkRequest.parser(),
                        (CreateNetworkRequest q) -> control.get().createNetwork(q))
                .unary(
                        "GetNetwork",
                        GetNetworkRequest.parser(),
                        (GetNetworkRequest q) -> control.get().getNetwork(q))
                .unary(
                        "ListNetworks",
                        ListNetworksRequest.parser(),
                        (ListNetworksRequest q) -> control.get().listNetworks(q))
                .unary(
                        "RemoveNetwork",
                        RemoveNetworkRequest.parser(),
                        (RemoveNetworkRequest q) -> control.get().removeNetwork(q))
                .unary(
                        "ApplyStack",
                        ApplyStackRequest.parser(),
                        (ApplyStackRequest q) -> control.get().applyStack(q))
                .unary(
                        "RemoveStack",
                        RemoveStackRequest.parser(),
                        (RemoveStackRequest q) -> control.get().removeStack(q));
    }
}
