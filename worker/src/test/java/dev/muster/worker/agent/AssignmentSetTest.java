package dev.muster.worker.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Assignment;
import dev.muster.api.AssignmentChange;
import dev.muster.api.AssignmentKey;
import dev.muster.api.AssignmentsMessage;
import dev.muster.api.ContainerSpec;
import dev.muster.api.Driver;
import dev.muster.api.Network;
import dev.muster.api.NetworkAssignment;
import dev.muster.api.NetworkEndpoint;
import dev.muster.api.NetworkPeer;
import dev.muster.api.NetworkService;
import dev.muster.api.Secret;
import dev.muster.api.SecretReference;
import dev.muster.api.ServiceRevision;
import dev.muster.api.Task;
import java.util.List;
import org.junit.jupiter.api.Test;

class AssignmentSetTest {
    private static AssignmentsMessage message(AssignmentsMessage.Type type, Assignment.Builder... items) {
        var message = AssignmentsMessage.newBuilder().setType(type);
        for (var item : items) {
            message.addChanges(AssignmentChange.newBuilder().setSet(item));
        }
        return message.build();
    }

    private static AssignmentsMessage complete(Assignment.Builder... items) {
        return message(AssignmentsMessage.Type.COMPLETE, items);
    }

    private static AssignmentsMessage incremental(Assignment.Builder... items) {
        return message(AssignmentsMessage.Type.INCREMENTAL, items);
    }

    private static AssignmentsMessage removal(AssignmentKey.Type type, String id) {
        return AssignmentsMessage.newBuilder()
                .setType(AssignmentsMessage.Type.INCREMENTAL)
                .addChanges(AssignmentChange.newBuilder()
                        .setRemove(AssignmentKey.newBuilder().setType(type).setId(id)))
                .build();
    }

    private static Assignment.Builder task(String id) {
        return Assignment.newBuilder()
                .setTask(Task.newBuilder().setId(id).setServiceId("s").setRevision(2));
    }

    private static Assignment.Builder revision() {
        var revision = ServiceRevision.newBuilder().setId("s.2");
        revision.getTaskBuilder()
                .setContainer(ContainerSpec.newBuilder()
                        .addSecrets(
                                SecretReference.newBuilder().setSecretId("x").setSecretName("db")));
        return Assignment.newBuilder().setRevision(revision);
    }

    private static Assignment.Builder network(String id, String driver) {
        var network = Network.newBuilder().setId(id);
        network.getSpecBuilder().setDriver(Driver.newBuilder().setName(driver));
        return Assignment.newBuilder().setNetwork(NetworkAssignment.newBuilder().setNetwork(network));
    }

    private static AssignmentSet set(AssignmentsMessage... messages) {
        return AssignmentSet.EMPTY.apply(List.of(messages));
    }

    @Test
    void aWholeSetForgetsWhatIsNotInIt() {
        var before = set(complete(task("a"), task("b")));

        var after = before.apply(List.of(complete(task("c")), complete(task("d"))));

        assertThat(after.tasks()).containsOnlyKeys("c", "d");
    }

    @Test
    void changesKeepTheRest() {
        var before = set(complete(task("a"), task("b"), revision()));

        var after = before.apply(List.of(incremental(task("c")), removal(AssignmentKey.Type.TASK, "a")));

        assertThat(after.tasks()).containsOnlyKeys("b", "c");
        assertThat(after.revisions()).isSameAs(before.revisions());
        assertThat(after.sameNetworks(before)).isTrue();
        assertThat(after.sameTasks(before)).isFalse();
    }

    @Test
    void networkItemsAreKeyedByNetworkAndOwner() {
        var before = set(complete(
                Assignment.newBuilder()
                        .setPeer(NetworkPeer.newBuilder().setNetworkId("n").setNodeId("h")),
                Assignment.newBuilder()
                        .setEndpoint(
                                NetworkEndpoint.newBuilder().setNetworkId("n").setTaskId("t")),
                Assignment.newBuilder()
                        .setService(
                                NetworkService.newBuilder().setNetworkId("n").setServiceId("s"))));
        assertThat(before.peers()).containsOnlyKeys("n/h");
        assertThat(before.endpoints()).containsOnlyKeys("n/t");
        assertThat(before.services()).containsOnlyKeys("n/s");

        var after = before.apply(List.of(
                removal(AssignmentKey.Type.NETWORK_PEER, "n/h"),
                removal(AssignmentKey.Type.NETWORK_ENDPOINT, "n/t"),
                removal(AssignmentKey.Type.NETWORK_SERVICE, "n/s"),
                removal(AssignmentKey.Type.NETWORK_SERVICE, "n/never-there")));

        assertThat(after).isEqualTo(AssignmentSet.EMPTY);
    }

    @Test
    void aTaskComesWithWhatItNames() {
        var driver = Driver.newBuilder().setName("json-file").build();
        var set = set(complete(
                task("a"),
                revision(),
                Assignment.newBuilder().setSecret(Secret.newBuilder().setId("x")),
                Assignment.newBuilder().setSecret(Secret.newBuilder().setId("other"))));

        var assigned = set.assigned("a", driver).orElseThrow();

        assertThat(assigned.revision()).contains(revision().getRevision());
        assertThat(assigned.secrets()).containsOnlyKeys("x");
        assertThat(assigned.defaultLogDriver()).isEqualTo(driver);
        assertThat(set.assigned("none", driver)).isEmpty();
        assertThat(assigned.toString()).isEqualTo("AssignedTask[a]");
    }

    @Test
    void onlyOverlaysAreProgrammed() {
        var set = set(complete(network("o1", ""), network("o2", "overlay"), network("h", "host")));

        assertThat(set.tables().networks()).containsOnlyKeys("o1", "o2");
    }

    @Test
    void theJournalHoldsNoSecrets() {
        var set = set(complete(
                task("a"), Assignment.newBuilder().setSecret(Secret.newBuilder().setId("x"))));

        assertThat(set.taskPart().build()).isEqualTo(complete(task("a")));
        assertThat(set.networkPart().getChangesCount()).isZero();
    }
}
