package dev.muster.node;

/** What users are told about this node's part in a cluster, in the words that Docker's clients know (API 1.51). */
final class SwarmMessages {
    static final String NO_SWARM =
            "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to"
                    + " connect this node to swarm and try again.";
    static final String WORKER =
            "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster"
                    + " state. Please run this command on a manager node or promote the current node to a manager.";
    static final String PREPARING =
            "This node is not a swarm manager. Manager is being prepared or has trouble connecting"
                    + " to the cluster.";
    static final String MEMBER_ALREADY =
            "This node is already part of a swarm. Use \"docker swarm leave\" to leave this"
                    + " swarm and join another one.";
    static final String NOTHING_TO_FORCE =
            "This node has no manager's state to begin a cluster from: run 'swarm init --force-new-cluster' on a"
                    + " manager, or 'swarm restore' with a backup on a node that is in no swarm.";
    static final String NO_MEMBER = "This node is not part of a swarm";
    static final String LOCKED =
            "Swarm is encrypted and needs to be unlocked before it can be used. Please use \"docker swarm unlock\" to"
                    + " unlock it.";
    static final String LEAVE_LOCKED =
            "Swarm is encrypted and locked. Please unlock it first or use `--force` to ignore this message.";
    static final String WRONG_UNLOCK_KEY = "swarm could not be unlocked: invalid key provided";
    static final String NOT_LOCKED = "swarm is not locked";
    static final String JOIN_TIMEOUT =
            "Timeout was reached before node joined. The attempt to join the swarm will continue in the background."
                    + " Use the \"docker info\" command to see the current swarm status of your node.";

    private SwarmMessages() {}
}
