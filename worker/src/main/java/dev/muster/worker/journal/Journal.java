package dev.muster.worker.journal;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.muster.api.Assignment;
import dev.muster.api.AssignmentChange;
import dev.muster.api.AssignmentsMessage;
import dev.muster.api.ServiceRevision;
import dev.muster.api.SessionMessage;
import dev.muster.api.TaskStatus;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The worker's memory across restarts, in one directory: {@code tasks} and {@code networks}, each a whole set of
 * assignments; {@code session}, what the last manager said of the cluster; {@code status/TASK}. One writer of the first
 * three; any thread for statuses, one at a time per task.
 *
 * <p>Tasks and networks are two files because they change at different times: endpoint tables with every task of the
 * cluster's networks, this node's tasks only with its own.
 *
 * <p>A file that cannot be read is put aside with the suffix {@code .bad} and counts as absent: the managers send
 * everything again, and containers are only ever removed on their word.
 */
public final class Journal {
    private static final Logger LOG = System.getLogger(Journal.class.getName());

    private final Path statuses;
    private final CheckedFile tasks;
    private final CheckedFile networks;
    private final CheckedFile session;

    private Journal(Path directory) {
        this.statuses = directory.resolve("status");
        this.tasks = new CheckedFile(directory.resolve("tasks"));
        this.networks = new CheckedFile(directory.resolve("networks"));
        this.session = new CheckedFile(directory.resolve("session"));
    }

    /** Makes the directory if it is missing, for root alone. */
    public static Journal open(Path directory) {
        var journal = new Journal(directory);
        try {
            Files.createDirectories(
                    journal.statuses,
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        } catch (IOException e) {
            throw new JournalFailure("could not make the journal's directory " + directory + ": " + e.getMessage(), e);
        }
        return journal;
    }

    /** This node's tasks, their revisions and configs; durable on return. Secrets and credentials are left out. */
    public void saveTasks(AssignmentsMessage set) {
        tasks.write(withoutSecrets(set).toByteArray(), true);
    }

    /** The networks, peers, endpoints and services; durable on return. */
    public void saveNetworks(AssignmentsMessage set) {
        networks.write(withoutSecrets(set).toByteArray(), true);
    }

    public Optional<AssignmentsMessage> tasks() {
        return read(tasks, AssignmentsMessage.parser());
    }

    public Optional<AssignmentsMessage> networks() {
        return read(networks, AssignmentsMessage.parser());
    }

    /** What the manager said of node and cluster; the session's own id is not kept. */
    public void saveSession(SessionMessage message) {
        session.write(message.toBuilder().clearSessionId().build().toByteArray(), true);
    }

    public Optional<SessionMessage> session() {
        return read(session, SessionMessage.parser());
    }

    /**
     * Durable on return if asked for: to be done where forgetting would run a task a second time. Else it survives the
     * end of this process, which costs no disk write.
     */
    public void saveStatus(String taskId, TaskStatus status, boolean durable) {
        status(taskId).write(status.toByteArray(), durable);
    }

    public void deleteStatus(String taskId) {
        status(taskId).delete();
    }

    /** All that are kept, by task id. */
    public Map<String, TaskStatus> statuses() {
        var found = new TreeMap<String, TaskStatus>();
        List<Path> files;
        try (Stream<Path> entries = Files.list(statuses)) {
            files = entries.filter(file -> file.getFileName().toString().indexOf('.') < 0)
                    .toList();
        } catch (IOException e) {
            throw new JournalFailure("could not list " + statuses + ": " + e.getMessage(), e);
        }
        for (var file : files) {
            read(new CheckedFile(file), TaskStatus.parser())
                    .ifPresent(status -> found.put(file.getFileName().toString(), status));
        }
        return found;
    }

    /** Forgets everything: the node belongs to no cluster any more. */
    public void clear() {
        tasks.delete();
        networks.delete();
        session.delete();
        statuses().keySet().forEach(this::deleteStatus);
    }

    private CheckedFile status(String taskId) {
        if (taskId.isEmpty() || taskId.indexOf('/') >= 0 || taskId.indexOf('.') >= 0) {
            throw new IllegalArgumentException("not a task id: '" + taskId + "'");
        }
        return new CheckedFile(statuses.resolve(taskId));
    }

    private static AssignmentsMessage withoutSecrets(AssignmentsMessage set) {
        var kept = AssignmentsMessage.newBuilder()
                .setType(AssignmentsMessage.Type.COMPLETE)
                .setGeneration(set.getGeneration());
        for (var change : set.getChangesList()) {
            var item = change.getSet();
            switch (item.getItemCase()) {
                case SECRET -> {}
                case REVISION ->
                    kept.addChanges(AssignmentChange.newBuilder()
                            .setSet(Assignment.newBuilder().setRevision(withoutCredentials(item.getRevision()))));
                case TASK, CONFIG, NETWORK, PEER, ENDPOINT, SERVICE -> kept.addChanges(change);
                case ITEM_NOT_SET -> throw new IllegalArgumentException("only what is set can be kept: " + change);
            }
        }
        return kept.build();
    }

    private static ServiceRevision withoutCredentials(ServiceRevision revision) {
        if (!revision.getTask().getContainer().hasPull()) {
            return revision;
        }
        var builder = revision.toBuilder();
        builder.getTaskBuilder().getContainerBuilder().clearPull();
        return builder.build();
    }

    private static <M extends Message> Optional<M> read(CheckedFile file, Parser<M> parser) {
        try {
            var content = file.read();
            return content.isEmpty() ? Optional.empty() : Optional.of(parser.parseFrom(content.get()));
        } catch (JournalFailure | InvalidProtocolBufferException e) {
            var aside = file.path().resolveSibling(file.path().getFileName() + ".bad");
            LOG.log(Level.WARNING, "{0}; put aside as {1}, the managers will send it again", e.getMessage(), aside);
            try {
                Files.move(file.path(), aside, StandardCopyOption.REPLACE_EXISTING);
            } catch (IOException again) {
                throw new JournalFailure("could not put aside " + file.path() + ": " + again.getMessage(), again);
            }
            return Optional.empty();
        }
    }
}
