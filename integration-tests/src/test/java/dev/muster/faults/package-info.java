/**
 * Real faults: five managers on hosts of their own, a load through all of them, and managers that are killed, frozen, cut off and
 * restarted meanwhile. Everything that clients did and were told is recorded; in the end the cluster's state and every history must
 * be explained by one order in which each acknowledged change happened once.
 *
 * <p>{@code FaultRound} is one such run from its load to its verdict; {@code LinearizabilityChecker} is the judge, knows nothing of
 * clusters, and is itself tested with histories that are wrong, as is a whole round with stores that lie.
 * {@code deploy/faults.sh} runs rounds for as long as one likes.
 */
@NullMarked
package dev.muster.faults;

import org.jspecify.annotations.NullMarked;
