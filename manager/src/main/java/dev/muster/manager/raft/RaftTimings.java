package dev.muster.manager.raft;

import java.time.Duration;

/**
 * How long members wait for each other.
 *
 * @param electionMin the least time without a word from the leader after which a follower stands for election
 * @param electionMax the most; each follower waits a random time between the two. The leader speaks at a third of the
 *     least one at the latest
 * @param firstElectionMin as electionMin, for the first election after a start, where there is likely no leader to wait
 *     for
 * @param firstElectionMax the most of that
 * @param request the time after which a request between members has failed
 */
public record RaftTimings(
        Duration electionMin,
        Duration electionMax,
        Duration firstElectionMin,
        Duration firstElectionMax,
        Duration request) {
    /**
     * For machines with few cores: a leader that a busy machine keeps from speaking for half a second must not be
     * deposed (seen with Ratis' own 150–300 ms, under load), and a dead one must be replaced within two seconds.
     */
    public static final RaftTimings STANDARD = new RaftTimings(
            Duration.ofMillis(800),
            Duration.ofMillis(1400),
            Duration.ofMillis(100),
            Duration.ofMillis(250),
            Duration.ofSeconds(3));
}
