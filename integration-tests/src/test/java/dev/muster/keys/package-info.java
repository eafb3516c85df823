/**
 * Managers that are locked at rest: what is on their disks, what a locked one does, and keys that change while the cluster
 * works. Start reading at {@code AutolockIT}.
 */
@NullMarked
package dev.muster.keys;

import org.jspecify.annotations.NullMarked;
