/**
 * Writes OCI runtime specs: a pure function from a {@link dev.muster.worker.runtime.ContainerPlan} and what is known of
 * the host to the JSON that runc reads, with the same result for the same input. What Docker gives a container by
 * default is what a container gets here: capabilities, seccomp profile, masked paths, mounts, devices.
 *
 * <p>May depend on {@code runtime}'s records and Jackson; reads no file but its own seccomp profile. Start reading at
 * {@code OciSpec}.
 */
@NullMarked
package dev.muster.worker.runtime.oci;

import org.jspecify.annotations.NullMarked;
