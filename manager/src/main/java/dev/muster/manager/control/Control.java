package dev.muster.manager.control;

import dev.muster.api.ApplyStackRequest;
import dev.muster.api.ApplyStackResponse;
import dev.muster.api.CreateConfigRequest;
import dev.muster.api.CreateConfigResponse;
import dev.muster.api.CreateNetworkRequest;
import dev.muster.api.CreateNetworkResponse;
import dev.muster.api.CreateSecretRequest;
import dev.muster.api.CreateSecretResponse;
import dev.muster.api.CreateServiceRequest;
import dev.muster.api.CreateServiceResponse;
import dev.muster.api.GetClusterRequest;
import dev.muster.api.GetClusterResponse;
import dev.muster.api.GetConfigRequest;
import dev.muster.api.GetConfigResponse;
import dev.muster.api.GetNetworkRequest;
import dev.muster.api.GetNetworkResponse;
import dev.muster.api.GetNodeRequest;
import dev.muster.api.GetNodeResponse;
import dev.muster.api.GetSecretRequest;
import dev.muster.api.GetSecretResponse;
import dev.muster.api.GetServiceRequest;
import dev.muster.api.GetServiceResponse;
import dev.muster.api.GetTaskRequest;
import dev.muster.api.GetTaskResponse;
import dev.muster.api.GetUnlockKeyRequest;
import dev.muster.api.GetUnlockKeyResponse;
import dev.muster.api.ListConfigsRequest;
import dev.muster.api.ListConfigsResponse;
import dev.muster.api.ListNetworksRequest;
import dev.muster.api.ListNetworksResponse;
import dev.muster.api.ListNodesRequest;
import dev.muster.api.ListNodesResponse;
import dev.muster.api.ListSecretsRequest;
import dev.muster.api.ListSecretsResponse;
import dev.muster.api.ListServicesRequest;
import dev.muster.api.ListServicesResponse;
import dev.muster.api.ListTasksRequest;
import dev.muster.api.ListTasksResponse;
import dev.muster.api.RemoveConfigRequest;
import dev.muster.api.RemoveConfigResponse;
import dev.muster.api.RemoveNetworkRequest;
import dev.muster.api.RemoveNetworkResponse;
import dev.muster.api.RemoveNodeRequest;
import dev.muster.api.RemoveNodeResponse;
import dev.muster.api.RemoveSecretRequest;
import dev.muster.api.RemoveSecretResponse;
import dev.muster.api.RemoveServiceRequest;
import dev.muster.api.RemoveServiceResponse;
import dev.muster.api.RemoveStackRequest;
import dev.muster.api.RemoveStackResponse;
import dev.muster.api.ServiceLogsRequest;
import dev.muster.api.UpdateClusterRequest;
import dev.muster.api.UpdateClusterResponse;
import dev.muster.api.UpdateConfigRequest;
import dev.muster.api.UpdateConfigResponse;
import dev.muster.api.UpdateNodeRequest;
import dev.muster.api.UpdateNodeResponse;
import dev.muster.api.UpdateSecretRequest;
import dev.muster.api.UpdateSecretResponse;
import dev.muster.api.UpdateServiceRequest;
import dev.muster.api.UpdateServiceResponse;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.Proposer;
import dev.muster.manager.trust.OutsideAuthority;
import dev.muster.manager.trust.RootWishes;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

/**
 * Every call of {@code control.proto}, in process. Any thread; calls block until their change is committed, so make
 * them on virtual threads. They throw {@link ControlFailure}: then nothing has changed.
 */
public final class Control {
    private final Clusters clusters;
    private final Nodes nodes;
    private final Services services;
    private final Tasks tasks;
    private final Secrets secrets;
    private final Configs configs;
    private final Networks networks;
    private final Stacks stacks;
    private final Logs logs;

    /**
     * @param outside authorities that have the key of a root
     * @param random for ids
     * @param secureRandom for join tokens, keys and roots
     */
    public Control(
            Proposer proposer,
            ClusterStates states,
            ImageResolver images,
            LogSource logs,
            OutsideAuthority outside,
            InstantSource clock,
            RandomGenerator random,
            SecureRandom secureRandom) {
        var transactions = new Transactions(proposer, states, clock);
        var pins = new ImagePins(images);
        this.clusters = new Clusters(transactions, new RootWishes(outside, secureRandom, clock), secureRandom);
        this.nodes = new Nodes(transactions, clock);
        this.services = new Services(transactions, pins, clock, random);
        this.tasks = new Tasks(transactions);
        this.secrets = new Secrets(transactions, random);
        this.configs = new Configs(transactions, random);
        this.networks = new Networks(transactions, random);
        this.stacks = new Stacks(transactions, pins, clock, random);
        this.logs = new Logs(transactions, logs);
    }

    public GetClusterResponse getCluster(GetClusterRequest request) {
        return clusters.get(request);
    }

    public UpdateClusterResponse updateCluster(UpdateClusterRequest request) {
        return clusters.update(request);
    }

    public GetUnlockKeyResponse getUnlockKey(GetUnlockKeyRequest request) {
        return clusters.unlockKey(request);
    }

    public GetNodeResponse getNode(GetNodeRequest request) {
        return nodes.get(request);
    }

    public ListNodesResponse listNodes(ListNodesRequest request) {
        return nodes.list(request);
    }

    public UpdateNodeResponse updateNode(UpdateNodeRequest request) {
        return nodes.update(request);
    }

    public RemoveNodeResponse removeNode(RemoveNodeRequest request) {
        return nodes.remove(request);
    }

    public CreateServiceResponse createService(CreateServiceRequest request) {
        return services.create(request);
    }

    public GetServiceResponse getService(GetServiceRequest request) {
        return services.get(request);
    }

    public ListServicesResponse listServices(ListServicesRequest request) {
        return services.list(request);
    }

    public UpdateServiceResponse updateService(UpdateServiceRequest request) {
        return services.update(request);
    }

    public RemoveServiceResponse removeService(RemoveServiceRequest request) {
        return services.remove(request);
    }

    public GetTaskResponse getTask(GetTaskRequest request) {
        return tasks.get(request);
    }

    public ListTasksResponse listTasks(ListTasksRequest request) {
        return tasks.list(request);
    }

    public CreateSecretResponse createSecret(CreateSecretRequest request) {
        return secrets.create(request);
    }

    public GetSecretResponse getSecret(GetSecretRequest request) {
        return secrets.get(request);
    }

    public ListSecretsResponse listSecrets(ListSecretsRequest request) {
        return secrets.list(request);
    }

    public UpdateSecretResponse updateSecret(UpdateSecretRequest request) {
        return secrets.update(request);
    }

    public RemoveSecretResponse removeSecret(RemoveSecretRequest request) {
        return secrets.remove(request);
    }

    public CreateConfigResponse createConfig(CreateConfigRequest request) {
        return configs.create(request);
    }

    public GetConfigResponse getConfig(GetConfigRequest request) {
        return configs.get(request);
    }

    public ListConfigsResponse listConfigs(ListConfigsRequest request) {
        return configs.list(request);
    }

    public UpdateConfigResponse updateConfig(UpdateConfigRequest request) {
        return configs.update(request);
    }

    public RemoveConfigResponse removeConfig(RemoveConfigRequest request) {
        return configs.remove(request);
    }

    public CreateNetworkResponse createNetwork(CreateNetworkRequest request) {
        return networks.create(request);
    }

    public GetNetworkResponse getNetwork(GetNetworkRequest request) {
        return networks.get(request);
    }

    public ListNetworksResponse listNetworks(ListNetworksRequest request) {
        return networks.list(request);
    }

    public RemoveNetworkResponse removeNetwork(RemoveNetworkRequest request) {
        return networks.remove(request);
    }

    public ApplyStackResponse applyStack(ApplyStackRequest request) {
        return stacks.apply(request);
    }

    public RemoveStackResponse removeStack(RemoveStackRequest request) {
        return stacks.remove(request);
    }

    /** Sends log messages as they come, until all is read or the reader has gone. */
    public void serviceLogs(ServiceLogsRequest request, LogSource.Sink sink) throws IOException {
        logs.read(request, sink);
    }
}
