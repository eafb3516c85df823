/**
 * What becomes of a cluster that goes on from what one manager has: {@link dev.muster.manager.recovery.SoleManager} decides
 * which objects change, whether the state was found on a disk that survived or in a backup.
 *
 * <p>Pure; may depend on {@code state} and {@code dev.muster.api}. Start reading at
 * {@code SoleManager}.
 */
@NullMarked
package dev.muster.manager.recovery;

import org.jspecify.annotations.NullMarked;
