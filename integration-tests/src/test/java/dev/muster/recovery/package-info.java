/**
 * Disasters on real clusters in namespaces: the majority of the managers lost for good, all of them lost, and what operators
 * do then. Start at {@link dev.muster.recovery.RecoveryIT}.
 */
@NullMarked
package dev.muster.recovery;

import org.jspecify.annotations.NullMarked;
