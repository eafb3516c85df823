/**
 * The kernel's mount calls, and nothing else: {@link dev.muster.worker.mount.Mounts} is the boundary to libc. Secrets
 * use it for their tmpfs, volumes for what their options name.
 *
 * <p>Depends on nothing of the worker. Start reading at {@code Mounts}.
 */
@NullMarked
package dev.muster.worker.mount;

import org.jspecify.annotations.NullMarked;
