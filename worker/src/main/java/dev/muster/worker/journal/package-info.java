/**
 * What the worker remembers across its own restarts: the assignments of the managers, the status of each task, and the
 * last session. Each is a file that is replaced as a whole, readable by root alone. Secrets and registry credentials are
 * never in it.
 *
 * <p>Start reading at {@link dev.muster.worker.journal.Journal}. Depends on the messages of {@code dev.muster.api} only.
 */
@NullMarked
package dev.muster.worker.journal;

import org.jspecify.annotations.NullMarked;
