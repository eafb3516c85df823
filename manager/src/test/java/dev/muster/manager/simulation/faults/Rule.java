package dev.muster.manager.simulation.faults;

/** What must hold whatever fails. */
enum Rule {
    /** All managers apply the same log, and it always makes the same state. */
    ONE_LOG("managers agree on one log"),
    /** What was acknowledged is in the state from then on. */
    ACKNOWLEDGED("no acknowledged change is lost"),
    /** A read sees all that was acknowledged before it began. */
    READS("reads are linearizable"),
    /** Managers want no more tasks to run in a slot than the update order allows. */
    SLOTS("no more tasks are wanted in a slot than the update order allows"),
    /** Workers run no more containers for a slot than the update order allows. */
    CONTAINERS("no more containers run for a slot than the update order allows"),
    /** Observed and desired states only grow. */
    FORWARD("observed state never goes backwards"),
    /** No two hold the same address of a network. */
    ADDRESSES("addresses are unique"),
    /** No two hold the same published port. */
    PORTS("published ports are unique"),
    /** What active tasks reserve is there. */
    RESERVATIONS("reservations are respected"),
    /** Within a leadership, and from one to the next, workers are told in order. */
    GENERATIONS("generations of assignments grow"),
    /** When all is well again, the cluster comes to rest as it should be. */
    CONVERGENCE("a healed cluster converges within its bound");

    private final String text;

    Rule(String text) {
        this.text = text;
    }

    @Override
    public String toString() {
        return text;
    }
}
