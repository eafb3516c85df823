package dev.muster.manager.state;

/**
 * One leadership of this manager. It begins when the state holds everything that earlier leaders committed.
 *
 * @param proposer fenced: what it proposes has no effect unless it is committed in this very term
 */
public record Leadership(long term, Proposer proposer) {}
