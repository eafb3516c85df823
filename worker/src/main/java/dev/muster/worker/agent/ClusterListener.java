package dev.muster.worker.agent;

import com.google.protobuf.ByteString;
import dev.muster.api.Node;
import dev.muster.api.Peer;
import java.util.List;

/**
 * Hears what managers say about the cluster and this node. Called by the agent's threads, around the end of a session by
 * two at a time; must not wait for the agent.
 */
public interface ClusterListener {

    /** Another set of managers, to be remembered for the next start. */
    void managersChanged(List<Peer> managers);

    /** The root certificates (PEM) that are to be trusted from now on; with each word of the managers, changed or not. */
    void rootChanged(ByteString rootCaPem);

    /** The node's object: role, availability, labels; with each word of the managers, changed or not. */
    void nodeChanged(Node node);

    /** A session with a manager has begun, or has ended for the given reason. */
    void connectionChanged(boolean connected, String detail);

    /** The managers will not have this node: it was removed, or its certificate is not valid. The agent keeps trying. */
    void refused(String reason);
}
