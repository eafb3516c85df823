package dev.muster.worker.journal;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.muster.api.Assignment;
import dev.muster.api.AssignmentChange;
import dev.muster.api.AssignmentsMessage;
import dev.muster.api.Config;
import dev.muster.api.ConfigSpec;
import dev.muster.api.Generation;
import dev.muster.api.PullOptions;
import dev.muster.api.Secret;
import dev.muster.api.SecretSpec;
import dev.muster.api.ServiceRevision;
import dev.muster.api.SessionMessage;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.TaskStatus;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
    @TempDir
    Path directory;

    private static AssignmentChange set(Assignment.Builder item) {
        return AssignmentChange.newBuilder().setSet(item).build();
    }

    private static AssignmentsMessage everything() {
        var revision = ServiceRevision.newBuilder().setId("s.1");
        revision.getTaskBuilder()
                .getContainerBuilder()
                .setImage("nginx")
                .setPull(PullOptions.newBuilder().setRegistryAuth("SECRET-AUTH"));
        return AssignmentsMessage.newBuilder()
                .setGeneration(Generation.newBuilder().setTerm(3).setNumber(7))
                .addChanges(
                        set(Assignment.newBuilder().setTask(Task.newBuilder().setId("t1"))))
                .addChanges(set(Assignment.newBuilder().setRevision(revision)))
                .addChanges(set(Assignment.newBuilder()
                        .setSecret(Secret.newBuilder()
                                .setSpec(SecretSpec.newBuilder().setData(ByteString.copyFromUtf8("SECRET-BYTES"))))))
                .addChanges(set(Assignment.newBuilder()
                        .setConfig(Config.newBuilder()
                                .setSpec(ConfigSpec.newBuilder().setData(ByteString.copyFromUtf8("config"))))))
                .build();
    }

    @Test
    void remembersAssignmentsWithoutSecretsAndCredentials() throws Exception {
        var journal = Journal.open(directory.resolve("j"));

        journal.saveTasks(everything());
        journal.saveNetworks(everything());

        var expected = everything().toBuilder().removeChanges(2);
        expected.getChangesBuilder(1)
                .getSetBuilder()
                .getRevisionBuilder()
                .getTaskBuilder()
                .getContainerBuilder()
                .clearPull();
        assertThat(Journal.open(directory.resolve("j")).tasks()).contains(expected.build());
        try (var files = Files.walk(directory)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                        .doesNotContain("SECRET")
                        .contains("config");
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                        .isEqualTo("rw-------");
            }
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("j"))))
                .isEqualTo("rwx------");
    }

    @Test
    void remembersStatusesAndTheSession() {
        var journal = Journal.open(directory.resolve("j"));
        var failed = TaskStatus.newBuilder().setState(TaskState.TASK_FAILED).build();
        var running = TaskStatus.newBuilder().setState(TaskState.TASK_RUNNING).build();
        journal.saveStatus("t1", running, false);
        journal.saveStatus("t1", failed, true);
        journal.saveStatus("t2", running, false);
        journal.saveStatus("t3", running, false);
        journal.deleteStatus("t3");
        journal.saveSession(SessionMessage.newBuilder()
                .setSessionId("one-time")
                .setDataPathPort(4789)
                .build());

        var again = Journal.open(directory.resolve("j"));

        assertThat(again.statuses()).isEqualTo(Map.of("t1", failed, "t2", running));
        assertThat(again.session())
                .contains(SessionMessage.newBuilder().setDataPathPort(4789).build());
    }

    @Test
    void putsADamagedFileAsideAndGoesOnWithoutIt() throws Exception {
        var journal = Journal.open(directory.resolve("j"));
        journal.saveTasks(everything());
        var file = directory.resolve("j/tasks");
        var bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);

        assertThat(journal.tasks()).isEmpty();

        assertThat(directory.resolve("j/tasks.bad")).exists();
        journal.saveTasks(everything());
        assertThat(journal.tasks()).isPresent();
    }

    @Test
    void anUnfinishedWriteLeavesTheFormerContent() throws Exception {
        var journal = Journal.open(directory.resolve("j"));
        journal.saveTasks(everything());
        Files.writeString(directory.resolve("j/tasks.new"), "half");
        Files.writeString(directory.resolve("j/status/t9.new"), "half");

        assertThat(journal.tasks()).isPresent();
        assertThat(journal.statuses()).isEmpty();
        journal.saveTasks(everything());
    }

    @Test
    void clearingForgetsEverything() {
        var journal = Journal.open(directory.resolve("j"));
        journal.saveTasks(everything());
        journal.saveNetworks(everything());
        journal.saveSession(SessionMessage.newBuilder().setDataPathPort(1).build());
        journal.saveStatus("t1", TaskStatus.getDefaultInstance(), true);

        journal.clear();

        assertThat(journal.tasks()).isEmpty();
        assertThat(journal.networks()).isEmpty();
        assertThat(journal.session()).isEmpty();
        assertThat(journal.statuses()).isEmpty();
    }
}
