/**
 * Stack files to specs. {@link dev.muster.stack.StackFiles} is the entry: texts of stack files in, a
 * {@link dev.muster.stack.StackResult} out, which is the specs with warnings, or every problem found with its file,
 * line, column and what was expected. Pure: the environment and the reading of further files are arguments.
 *
 * <p>The way of a file: {@code document} (YAML with positions) → {@code schema} (version, forbidden keys) →
 * {@code interpolate} → {@code schema} (shape of every key) → {@code load} (long forms, then files over each other) →
 * {@code convert} (names, labels, messages). {@code grammar} holds the small texts in between: durations, sizes, ports.
 * Depends on the messages of {@code proto} and on SnakeYAML.
 */
@NullMarked
package dev.muster.stack;

import org.jspecify.annotations.NullMarked;
