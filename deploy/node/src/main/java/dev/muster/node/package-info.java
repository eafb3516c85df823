/**
 * The daemon: one process per host that is always a worker and, while its node has that role, also a manager. This package
 * composes the two halves, owns what exists before and between clusters (init, join, leave, the local socket), and answers
 * what only the host knows. It may depend on everything; nothing depends on it.
 *
 * <p>Start reading at {@link dev.muster.node.MusterdMain}, which names the real clocks and randomness, then
 * {@link dev.muster.node.Daemon}.
 */
@NullMarked
package dev.muster.node;

import org.jspecify.annotations.NullMarked;
