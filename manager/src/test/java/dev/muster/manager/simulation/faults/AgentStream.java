package dev.muster.manager.simulation.faults;

import dev.muster.api.AssignmentsMessage;
import dev.muster.api.Generation;
import dev.muster.api.SessionMessage;
import dev.muster.api.SessionRequest;
import dev.muster.api.UpdateTaskStatusRequest;
import dev.muster.manager.dispatcher.DispatcherDriver;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one agent's session over one link: what {@code DispatcherEndpoint} and its client are to the product. The
 * methods are called at the agent, what they do happens at the manager, and what comes back comes over the link.
 */
final class AgentStream {
    /** How long calls may overtake each other at the manager. */
    private static final Duration OVERTAKING = Duration.ofMillis(3);

    /** How late the second copy of a call may come. */
    private static final Duration LATE_COPY = Duration.ofSeconds(20);

    private final String nodeId;
    private final SimulatedManager manager;
    private final Link link;
    private final Agent agent;
    private SimulatedTerm.@Nullable Stream assignments;
    private @Nullable SimulatedTerm assigning;

    /** What the agent hears. */
    interface Agent {
        void told(SessionMessage message);

        void beaten(Duration period);

        void assigned(List<AssignmentsMessage> messages);

        void recorded(List<UpdateTaskStatusRequest.Update> reports);

        /** The session is over. */
        void ended(Status status, Optional<String> leader);
    }

    AgentStream(String nodeId, SimulatedManager manager, Link link, Agent agent) {
        this.nodeId = nodeId;
        this.manager = manager;
        this.link = link;
        this.agent = agent;
        link.onBreakAtClient(() -> agent.ended(Status.UNAVAILABLE, Optional.empty()));
        link.onBreakAtServer(this::left);
    }

    void register(SessionRequest request) {
        link.toServer(() -> manager.host()
                .fork(
                        "Session",
                        () -> guarded(() -> manager.term()
                                .dispatcher()
                                .register(
                                        nodeId,
                                        "192.0.2." + nodeId.substring(nodeId.length() - 1),
                                        request,
                                        new ToAgent()))));
    }

    /** The session's stream as the manager sees it. */
    private final class ToAgent implements DispatcherDriver.SessionStream {
        @Override
        public void told(SessionMessage message) {
            link.toClient(() -> agent.told(message));
        }

        @Override
        public void ended(Status status) {
            link.toClient(() -> agent.ended(status, Optional.empty()));
        }
    }

    void heartbeat(String sessionId) {
        call(() -> {
            var period = manager.term().dispatcher().heartbeat(nodeId, sessionId);
            return () -> agent.beaten(period);
        });
    }

    void openAssignments(String sessionId) {
        call(() -> {
            var term = manager.term();
            assigning = term;
            assignments = term.open(nodeId, sessionId, messages -> link.toClient(() -> agent.assigned(messages)));
            return () -> {};
        });
    }

    void acknowledge(Generation applied) {
        link.toServer(() -> {
            if (assigning != null && assignments != null) {
                assigning.acknowledge(assignments, applied);
            }
        });
    }

    /** Perhaps twice, the second time late: as if the first answer had been lost. */
    void report(String sessionId, List<UpdateTaskStatusRequest.Update> reports) {
        record(sessionId, reports, () -> agent.recorded(reports));
        if (link.network().doubles()) {
            manager.host()
                    .afterAtMost(
                            LATE_COPY,
                            () -> manager.host().fork("UpdateTaskStatus", () -> {
                                try {
                                    manager.term().dispatcher().updateTasks(nodeId, sessionId, reports);
                                } catch (StatusRuntimeException e) {
                                    // Nobody waits for the answer.
                                }
                            }));
        }
    }

    private void record(String sessionId, List<UpdateTaskStatusRequest.Update> reports, Runnable answer) {
        call(() -> {
            manager.term().dispatcher().updateTasks(nodeId, sessionId, reports);
            return answer;
        });
    }

    void hangUp() {
        link.breakUp();
    }

    private void left() {
        if (assigning != null && assignments != null) {
            assigning.leave(assignments);
        }
    }

    /** Carries a call out at the manager, in a thread of its own, and takes the answer back. */
    private void call(Supplier<Runnable> call) {
        link.toServer(() -> manager.host()
                .afterAtMost(
                        OVERTAKING, () -> manager.host().fork("call", () -> guarded(() -> link.toClient(call.get())))));
    }

    private void guarded(Runnable call) {
        try {
            call.run();
        } catch (StatusRuntimeException e) {
            link.toClient(() -> agent.ended(e.getStatus(), DispatcherDriver.leader(e)));
        }
    }
}
