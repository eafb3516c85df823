package dev.muster.manager;

/** The cluster has gone on without this manager's group: it must not lead any more, and is what the others say it is. */
public final class ManagerSuperseded extends RuntimeException {
    private static final long serialVersionUID = 1;

    ManagerSuperseded() {
        super("the cluster was begun anew on another manager (swarm init --force-new-cluster, or swarm restore):"
                + " this one is no manager of it any more; promote it there to have it back");
    }
}
