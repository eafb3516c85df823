package dev.muster.bench;

import com.google.protobuf.Duration;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.muster.api.Annotations;
import dev.muster.api.ContainerSpec;
import dev.muster.api.CreateServiceRequest;
import dev.muster.api.CreateServiceResponse;
import dev.muster.api.Filter;
import dev.muster.api.GetServiceRequest;
import dev.muster.api.GetServiceResponse;
import dev.muster.api.ListTasksRequest;
import dev.muster.api.ListTasksResponse;
import dev.muster.api.RemoveServiceRequest;
import dev.muster.api.RemoveServiceResponse;
import dev.muster.api.ReplicatedMode;
import dev.muster.api.Service;
import dev.muster.api.ServiceSpec;
import dev.muster.api.Task;
import dev.muster.api.TaskSpec;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStates;
import dev.muster.api.UpdateConfig;
import dev.muster.api.UpdateServiceRequest;
import dev.muster.api.UpdateServiceResponse;
import java.io.IOException;
import java.util.function.UnaryOperator;

/** A Muster cluster by its control calls on a node's socket. */
record MusterEndpoint(String name, UnixHttp http, String image) implements Endpoint {
    private <R> R call(String method, MessageLite request, Parser<R> answers) throws IOException {
        return answers.parseFrom(
                http.call("POST", "/muster.v1.Control/" + method, "application/proto", request.toByteArray()));
    }

    @Override
    public void create(String service, int replicas) throws IOException {
        ServiceSpec spec = ServiceSpec.newBuilder()
                .setAnnotations(Annotations.newBuilder().setName(service))
                .setTask(TaskSpec.newBuilder()
                        .setContainer(ContainerSpec.newBuilder()
                                .setImage(image)
                                .addCommand("sleep")
                                .addCommand("1000000")
                                .addEnv("V=1")
                                .setStopSignal("SIGKILL")
                                .setStopGracePeriod(Duration.newBuilder().setSeconds(1))))
                .setReplicated(ReplicatedMode.newBuilder().setReplicas(replicas))
                .setUpdate(UpdateConfig.newBuilder()
                        .setParallelism(10)
                        .setMonitor(Duration.newBuilder().setNanos(1_000_000)))
                .build();
        call(
                "CreateService",
                CreateServiceRequest.newBuilder()
                        .setSpec(spec)
                        .setResolveImage(true)
                        .build(),
                CreateServiceResponse.parser());
    }

    @Override
    public void scale(String service, int replicas) throws IOException {
        change(service, spec -> spec.setReplicated(ReplicatedMode.newBuilder().setReplicas(replicas)));
    }

    @Override
    public void update(String service, String value) throws IOException {
        change(service, spec -> {
            spec.getTaskBuilder().getContainerBuilder().clearEnv().addEnv("V=" + value);
            return spec;
        });
    }

    private void change(String service, UnaryOperator<ServiceSpec.Builder> change) throws IOException {
        Service current = call(
                        "GetService",
                        GetServiceRequest.newBuilder().setId(service).build(),
                        GetServiceResponse.parser())
                .getService();
        call(
                "UpdateService",
                UpdateServiceRequest.newBuilder()
                        .setId(current.getId())
                        .setVersion(current.getMeta().getVersion())
                        .setSpec(change.apply(current.getSpec().toBuilder()))
                        .build(),
                UpdateServiceResponse.parser());
    }

    @Override
    public void remove(String service) throws IOException {
        call("RemoveService", RemoveServiceRequest.newBuilder().setId(service).build(), RemoveServiceResponse.parser());
    }

    @Override
    public int running(String service, String value) throws IOException {
        ListTasksResponse tasks = tasks(service);
        int running = 0;
        for (Task task : tasks.getTasksList()) {
            var revision = tasks.getRevisionsMap().get(task.getServiceId() + "." + task.getRevision());
            if (task.getStatus().getState() == TaskState.TASK_RUNNING
                    && revision != null
                    && revision.getTask().getContainer().getEnvList().contains("V=" + value)) {
                running++;
            }
        }
        return running;
    }

    @Override
    public int alive(String service) throws IOException {
        return (int) tasks(service).getTasksList().stream()
                .filter(t -> !TaskStates.terminal(t.getStatus().getState()))
                .count();
    }

    private ListTasksResponse tasks(String service) throws IOException {
        return call(
                "ListTasks",
                ListTasksRequest.newBuilder()
                        .addFilters(Filter.newBuilder().setKey("name").addValues(service))
                        .build(),
                ListTasksResponse.parser());
    }
}
