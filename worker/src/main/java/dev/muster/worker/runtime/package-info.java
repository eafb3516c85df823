/**
 * Containers on this node, as the rest of the worker sees them: {@link dev.muster.worker.runtime.ContainerRuntime} is
 * the boundary, the records beside it are what crosses it. Nothing here knows containerd; {@code runtime.containerd}
 * does, {@code runtime.oci} writes the specs it is given.
 *
 * <p>May depend on the messages of {@code dev.muster.api}, and on nothing else of the worker. Start reading at {@code
 * ContainerRuntime}, then {@code ContainerPlan}.
 */
@NullMarked
package dev.muster.worker.runtime;

import org.jspecify.annotations.NullMarked;
