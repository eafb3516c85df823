package dev.muster.manager.dispatcher;

import dev.muster.api.SessionMessage;
import dev.muster.manager.state.ClusterState;
import io.grpc.StatusRuntimeException;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One registration of an agent: the streams that live as long as it does. It ends when the agent registers again, when
 * its heartbeats stop, when its node is removed, or with the leadership; not when a stream breaks. Any thread.
 */
final class AgentSession {
    private final String id;
    private final String nodeId;
    private final LatestOutlet<SessionMessage> outlet;
    private @Nullable AssignmentFeed feed;
    private @Nullable StatusRuntimeException end;

    AgentSession(String id, String nodeId, LatestOutlet<SessionMessage> outlet) {
        this.id = id;
        this.nodeId = nodeId;
        this.outlet = outlet;
    }

    String id() {
        return id;
    }

    String nodeId() {
        return nodeId;
    }

    /** Tells the agent about itself and the cluster. */
    void tell(ClusterState state) {
        outlet.offer(SessionMessages.of(state, nodeId, id));
    }

    synchronized Optional<AssignmentFeed> feed() {
        return Optional.ofNullable(feed);
    }

    /** Replaces the feed: an agent that opens a second stream has lost the first. Empty if the session is over. */
    synchronized Optional<AssignmentFeed> openFeed(Supplier<AssignmentFeed> open) {
        if (end != null) {
            return Optional.empty();
        }
        if (feed != null) {
            feed.close();
        }
        feed = open.get();
        return Optional.of(feed);
    }

    /** Why it is over, or why a stream of it is while the session goes on. */
    synchronized StatusRuntimeException endOfStream() {
        return end != null ? end : DispatcherStatus.over("a newer stream took the place of this one");
    }

    void end(StatusRuntimeException status) {
        synchronized (this) {
            if (end != null) {
                return;
            }
            end = status;
            if (feed != null) {
                feed.close();
            }
        }
        outlet.end(status);
    }
}
