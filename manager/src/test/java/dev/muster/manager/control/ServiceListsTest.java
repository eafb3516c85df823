package dev.muster.manager.control;

import static dev.muster.manager.control.ControlFixture.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.api.Filter;
import dev.muster.api.GetServiceRequest;
import dev.muster.api.ListServicesRequest;
import dev.muster.api.ListTasksRequest;
import dev.muster.api.Service;
import dev.muster.api.ServiceRevision;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStatus;
import dev.muster.http.RpcCode;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ServiceListsTest {
    private final ControlFixture fixture = new ControlFixture();
    private final Control control = fixture.control;

    private static void assertRefused(ThrowingCallable call, RpcCode code, String message) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ControlFailure.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessage(message);
    }

    @Test
    void findsByIdNameAndBeginningOfAnIdUnlessAmbiguous() {
        fixture.change(changes -> changes.create(revision("abc1"))
                .create(bare("abc1", "one"))
                .create(revision("abc2"))
                .create(bare("abc2", "two")));

        assertThat(get("abc1").getId()).isEqualTo("abc1");
        assertThat(get("ONE").getId()).isEqualTo("abc1");
        assertRefused(() -> get("abc"), RpcCode.INVALID_ARGUMENT, "service abc is ambiguous (2 matches found)");
        assertRefused(() -> get("x"), RpcCode.NOT_FOUND, "service x not found");
        assertRefused(() -> get(""), RpcCode.NOT_FOUND, "service  not found");
    }

    private Service get(String reference) {
        return control.getService(
                        GetServiceRequest.newBuilder().setId(reference).build())
                .getService();
    }

    private static Service bare(String id, String name) {
        return Service.newBuilder()
                .setId(id)
                .setSpec(spec(name, "nginx"))
                .setRevision(1)
                .build();
    }

    private static ServiceRevision revision(String id) {
        return ServiceRevision.newBuilder()
                .setId(id + ".1")
                .setServiceId(id)
                .setRevision(1)
                .build();
    }

    @Test
    void listsWhatTheFiltersLetThrough() {
        fixture.service(spec("web", "nginx")
                .setAnnotations(
                        spec("web", "nginx").getAnnotations().toBuilder().putLabels("tier", "front")));
        fixture.service(spec("webhook", "nginx"));
        var global = spec("agent", "nginx");
        global.getGlobalBuilder();
        fixture.service(global);

        assertThat(names("name", "web")).containsExactlyInAnyOrder("web", "webhook");
        assertThat(names("label", "tier=front")).containsExactly("web");
        assertThat(names("label", "tier", "nothing")).isEmpty();
        assertThat(names("mode", "global")).containsExactly("agent");
        assertThat(names("runtime", "plugin")).isEmpty();
        assertRefused(() -> names("colour", "red"), RpcCode.INVALID_ARGUMENT, "invalid filter 'colour'");
    }

    private List<String> names(String key, String... values) {
        return control
                .listServices(ListServicesRequest.newBuilder()
                        .addFilters(Filter.newBuilder().setKey(key).addAllValues(List.of(values)))
                        .build())
                .getServicesList()
                .stream()
                .map(service -> service.getSpec().getAnnotations().getName())
                .toList();
    }

    @Test
    void countsWhatRunsAndListsTasksWithTheirRevisions() {
        var service = fixture.service(spec("web", "nginx"));
        fixture.change(changes -> changes.create(task(service, "t1", 1, TaskState.TASK_RUNNING, TaskState.TASK_RUNNING))
                .create(task(service, "t2", 2, TaskState.TASK_RUNNING, TaskState.TASK_PREPARING))
                .create(task(service, "t3", 1, TaskState.TASK_SHUTDOWN, TaskState.TASK_RUNNING)));

        var counts = control.getService(
                        GetServiceRequest.newBuilder().setId("web").build())
                .getCounts();
        assertThat(counts.getRunning()).isEqualTo(1);
        assertThat(counts.getDesired()).isEqualTo(2);

        var tasks = control.listTasks(ListTasksRequest.newBuilder()
                .addFilters(Filter.newBuilder().setKey("service").addValues("web"))
                .addFilters(Filter.newBuilder().setKey("desired-state").addValues("running"))
                .addFilters(Filter.newBuilder().setKey("node").addValues("w1"))
                .build());
        assertThat(tasks.getTasksList()).extracting(Task::getId).containsExactly("t1", "t2");
        assertThat(tasks.getRevisionsMap()).containsOnlyKeys(service.getId() + ".1");
    }

    private static Task task(Service service, String id, long slot, TaskState desired, TaskState observed) {
        return Task.newBuilder()
                .setId(id)
                .setServiceId(service.getId())
                .setServiceName("web")
                .setRevision(1)
                .setSlot(slot)
                .setNodeId(ControlFixture.WORKER)
                .setDesiredState(desired)
                .setStatus(TaskStatus.newBuilder().setState(observed))
                .build();
    }
}
