/**
 * Tables of tasks, which services, nodes and stacks have in common: {@link dev.muster.cli.task.TaskTable}. Depends on
 * {@code output}, {@code command}, {@code flag} and the messages.
 */
@NullMarked
package dev.muster.cli.task;

import org.jspecify.annotations.NullMarked;
