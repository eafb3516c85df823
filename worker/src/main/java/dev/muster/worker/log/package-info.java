/**
 * What containers write. A container's two streams go to spool files through a few lines of shell that the container's
 * shim starts and that outlive the daemon; {@code LogSpool} follows the spool, stamps each line, writes rotated json
 * files as Docker's, and frees the spool; {@code LogReader} reads them.
 *
 * <p>Why: a container must neither stall nor lose a line while the daemon is away, and its disk use must stay bounded.
 * May depend on the messages of {@code dev.muster.api} only. Start reading at {@code ContainerLogs}, then {@code
 * LogSpool}.
 */
@NullMarked
package dev.muster.worker.log;

import org.jspecify.annotations.NullMarked;
