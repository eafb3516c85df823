package dev.muster.manager.control;

import dev.muster.api.ApplyStackRequest;
import dev.muster.api.ApplyStackResponse;
import dev.muster.api.ControlGrpc;
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
import dev.muster.api.ServiceLogsResponse;
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
import dev.muster.http.RpcCode;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** {@link Control} over gRPC, for other managers. Who may call is decided before it, by role. */
public final class ControlEndpoint extends ControlGrpc.ControlImplBase {
    private final Control control;

    public ControlEndpoint(Control control) {
        this.control = control;
    }

    @Override
    public void getCluster(GetClusterRequest request, StreamObserver<GetClusterResponse> responses) {
        answer(responses, () -> control.getCluster(request));
    }

    @Override
    public void updateCluster(UpdateClusterRequest request, StreamObserver<UpdateClusterResponse> responses) {
        answer(responses, () -> control.updateCluster(request));
    }

    @Override
    public void getUnlockKey(GetUnlockKeyRequest request, StreamObserver<GetUnlockKeyResponse> responses) {
        answer(responses, () -> control.getUnlockKey(request));
    }

    @Override
    public void getNode(GetNodeRequest request, StreamObserver<GetNodeResponse> responses) {
        answer(responses, () -> control.getNode(request));
    }

    @Override
    public void listNodes(ListNodesRequest request, StreamObserver<ListNodesResponse> responses) {
        answer(responses, () -> control.listNodes(request));
    }

    @Override
    public void updateNode(UpdateNodeRequest request, StreamObserver<UpdateNodeResponse> responses) {
        answer(responses, () -> control.updateNode(request));
    }

    @Override
    public void removeNode(RemoveNodeRequest request, StreamObserver<RemoveNodeResponse> responses) {
        answer(responses, () -> control.removeNode(request));
    }

    @Override
    public void createService(CreateServiceRequest request, StreamObserver<CreateServiceResponse> responses) {
        answer(responses, () -> control.createService(request));
    }

    @Override
    public void getService(GetServiceRequest request, StreamObserver<GetServiceResponse> responses) {
        answer(responses, () -> control.getService(request));
    }

    @Override
    public void listServices(ListServicesRequest request, StreamObserver<ListServicesResponse> responses) {
        answer(responses, () -> control.listServices(request));
    }

    @Override
    public void updateService(UpdateServiceRequest request, StreamObserver<UpdateServiceResponse> responses) {
        answer(responses, () -> control.updateService(request));
    }

    @Override
    public void removeService(RemoveServiceRequest request, StreamObserver<RemoveServiceResponse> responses) {
        answer(responses, () -> control.removeService(request));
    }

    @Override
    public void getTask(GetTaskRequest request, StreamObserver<GetTaskResponse> responses) {
        answer(responses, () -> control.getTask(request));
    }

    @Override
    public void listTasks(ListTasksRequest request, StreamObserver<ListTasksResponse> responses) {
        answer(responses, () -> control.listTasks(request));
    }

    @Override
    public void createSecret(CreateSecretRequest request, StreamObserver<CreateSecretResponse> responses) {
        answer(responses, () -> control.createSecret(request));
    }

    @Override
    public void getSecret(GetSecretRequest request, StreamObserver<GetSecretResponse> responses) {
        answer(responses, () -> control.getSecret(request));
    }

    @Override
    public void listSecrets(ListSecretsRequest request, StreamObserver<ListSecretsResponse> responses) {
        answer(responses, () -> control.listSecrets(request));
    }

    @Override
    public void updateSecret(UpdateSecretRequest request, StreamObserver<UpdateSecretResponse> responses) {
        answer(responses, () -> control.updateSecret(request));
    }

    @Override
    public void removeSecret(RemoveSecretRequest request, StreamObserver<RemoveSecretResponse> responses) {
        answer(responses, () -> control.removeSecret(request));
    }

    @Override
    public void createConfig(CreateConfigRequest request, StreamObserver<CreateConfigResponse> responses) {
        answer(responses, () -> control.createConfig(request));
    }

    @Override
    public void getConfig(GetConfigRequest request, StreamObserver<GetConfigResponse> responses) {
        answer(responses, () -> control.getConfig(request));
    }

    @Override
    public void listConfigs(ListConfigsRequest request, StreamObserver<ListConfigsResponse> responses) {
        answer(responses, () -> control.listConfigs(request));
    }

    @Override
    public void updateConfig(UpdateConfigRequest request, StreamObserver<UpdateConfigResponse> responses) {
        answer(responses, () -> control.updateConfig(request));
    }

    @Override
    public void removeConfig(RemoveConfigRequest request, StreamObserver<RemoveConfigResponse> responses) {
        answer(responses, () -> control.removeConfig(request));
    }

    @Override
    public void createNetwork(CreateNetworkRequest request, StreamObserver<CreateNetworkResponse> responses) {
        answer(responses, () -> control.createNetwork(request));
    }

    @Override
    public void getNetwork(GetNetworkRequest request, StreamObserver<GetNetworkResponse> responses) {
        answer(responses, () -> control.getNetwork(request));
    }

    @Override
    public void listNetworks(ListNetworksRequest request, StreamObserver<ListNetworksResponse> responses) {
        answer(responses, () -> control.listNetworks(request));
    }

    @Override
    public void removeNetwork(RemoveNetworkRequest request, StreamObserver<RemoveNetworkResponse> responses) {
        answer(responses, () -> control.removeNetwork(request));
    }

    @Override
    public void applyStack(ApplyStackRequest request, StreamObserver<ApplyStackResponse> responses) {
        answer(responses, () -> control.applyStack(request));
    }

    @Override
    public void removeStack(RemoveStackRequest request, StreamObserver<RemoveStackResponse> responses) {
        answer(responses, () -> control.removeStack(request));
    }

    @Override
    public void serviceLogs(ServiceLogsRequest request, StreamObserver<ServiceLogsResponse> responses) {
        var call = (ServerCallStreamObserver<ServiceLogsResponse>) responses;
        var sink = new PacedSink(call);
        // The reader blocks for as long as there is something to follow: the call's own callbacks need their thread.
        var reader = Thread.ofVirtual().name("service-logs").unstarted(() -> read(request, sink, call));
        call.setOnReadyHandler(sink::wake);
        call.setOnCancelHandler(reader::interrupt);
        reader.start();
    }

    private void read(ServiceLogsRequest request, PacedSink sink, ServerCallStreamObserver<ServiceLogsResponse> call) {
        try {
            control.serviceLogs(request, sink);
            call.onCompleted();
        } catch (ControlFailure e) {
            call.onError(status(e));
        } catch (IOException e) {
            call.onError(Status.CANCELLED.withDescription(e.getMessage()).asRuntimeException());
        }
    }

    /** Waits with each message until the connection takes more. */
    private static final class PacedSink implements LogSource.Sink {
        private final ServerCallStreamObserver<ServiceLogsResponse> responses;
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition changed = lock.newCondition();

        PacedSink(ServerCallStreamObserver<ServiceLogsResponse> responses) {
            this.responses = responses;
        }

        @Override
        public void send(ServiceLogsResponse response) throws IOException {
            lock.lock();
            try {
                while (!responses.isReady() && !responses.isCancelled()) {
                    changed.await();
                }
                if (responses.isCancelled()) {
                    throw new IOException("the reader has gone");
                }
                responses.onNext(response);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while sending logs");
            } finally {
                lock.unlock();
            }
        }

        private void wake() {
            lock.lock();
            try {
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private static <T> void answer(StreamObserver<T> responses, Supplier<T> call) {
        T response;
        try {
            response = call.get();
        } catch (ControlFailure e) {
            responses.onError(status(e));
            return;
        }
        responses.onNext(response);
        responses.onCompleted();
    }

    private static StatusRuntimeException status(ControlFailure failure) {
        return Status.fromCode(code(failure.code()))
                .withDescription(failure.text())
                .asRuntimeException();
    }

    private static Status.Code code(RpcCode code) {
        return code == RpcCode.CANCELED ? Status.Code.CANCELLED : Status.Code.valueOf(code.name());
    }
}
