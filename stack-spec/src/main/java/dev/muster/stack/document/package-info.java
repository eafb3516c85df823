/**
 * YAML documents with positions: {@link dev.muster.stack.document.YamlReader} turns text into a tree of
 * {@link dev.muster.stack.document.Value}s, each of which knows its file, line and column;
 * {@link dev.muster.stack.document.YamlWriter} goes the other way. What is wrong is collected in
 * {@link dev.muster.stack.document.Problems}, not thrown, so that one run reports everything it can.
 *
 * <p>Scalars are read as YAML 1.2 as Go's yaml.v3 understands it (the reader of stock stack files): {@code yes} is a
 * string, {@code 0440} an octal number, {@code 22:22} a string. Knows nothing of stacks. Depends on SnakeYAML only.
 */
@NullMarked
package dev.muster.stack.document;

import org.jspecify.annotations.NullMarked;
