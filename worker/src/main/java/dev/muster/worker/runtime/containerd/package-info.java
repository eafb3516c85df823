/**
 * The container runtime that is used for real: containerd with runc. {@code ContainerdDaemon} has one run (or uses one
 * that runs already), {@code ContainerdClient} speaks to it over its unix socket, {@code ContainerdRuntime} is the
 * {@code ContainerRuntime} made of it.
 *
 * <p>Facts about containerd 1.6 that the code depends on stand where they are used. May depend on {@code runtime},
 * {@code runtime.oci} and the generated messages of {@code dev.muster.containerd}. Start reading at {@code
 * ContainerdRuntime}.
 */
@NullMarked
package dev.muster.worker.runtime.containerd;

import org.jspecify.annotations.NullMarked;
