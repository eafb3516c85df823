/**
 * The part of the Docker-compatible API that the daemon itself answers: the frame that every call has in common (versions,
 * headers, ping), and what is there without a cluster (version, info, init, join, leave). Cluster objects are the manager's,
 * containers the worker's.
 *
 * <p>Start reading at {@link dev.muster.node.docker.DockerFrame}.
 */
@NullMarked
package dev.muster.node.docker;

import org.jspecify.annotations.NullMarked;
