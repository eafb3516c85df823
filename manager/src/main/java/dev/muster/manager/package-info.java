/**
 * The manager half of a node: {@link dev.muster.manager.ManagerNode} puts it together, and is the only place that sees
 * all of its parts. {@link dev.muster.manager.NewCluster} makes a cluster where there is none.
 *
 * <p>Inside, everything meets in {@code state}: loops and endpoints read it and propose changes, {@code raft} agrees on
 * them with the other managers. May depend on everything below this package. Start reading at {@code ManagerNode}.
 */
@NullMarked
package dev.muster.manager;

import org.jspecify.annotations.NullMarked;
