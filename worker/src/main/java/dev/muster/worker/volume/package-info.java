/**
 * Named and anonymous volumes of this node, as Docker's local driver keeps them: a directory each, or whatever its options
 * have mounted there while somebody uses it. Volumes are never deleted with a task, except the anonymous ones of that
 * task.
 *
 * <p>May depend on {@code mount}. Start reading at {@link dev.muster.worker.volume.LocalVolumes}.
 */
@NullMarked
package dev.muster.worker.volume;

import org.jspecify.annotations.NullMarked;
