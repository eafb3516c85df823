/**
 * {@code muster stack …}: {@link dev.muster.cli.stack.StackCommands} lists the commands, {@link
 * dev.muster.cli.stack.StackDeploy} reads stack files and applies them. Depends on {@code dev.muster.stack},
 * {@code command}, {@code flag}, {@code output}, {@code service}, {@code task}, {@code progress}, {@code auth}.
 */
@NullMarked
package dev.muster.cli.stack;

import org.jspecify.annotations.NullMarked;
