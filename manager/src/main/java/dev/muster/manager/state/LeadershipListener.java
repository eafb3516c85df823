package dev.muster.manager.state;

/** Told when this manager begins and ceases to lead: strictly in turn, once per leadership, by one thread. */
public interface LeadershipListener {
    void leadershipBegan(Leadership leadership);

    /** Nothing of the leadership may act when this returns. */
    void leadershipEnded(Leadership leadership);
}
