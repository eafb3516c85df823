/**
 * Commands as values: {@link dev.muster.cli.command.Command} has a name, flags and an action;
 * {@link dev.muster.cli.command.CommandTree} finds one for a command line and runs it, {@link
 * dev.muster.cli.command.Help} describes it. What goes wrong arrives here as a {@link
 * dev.muster.cli.command.CommandFailure} or one of the transport's failures, and becomes a message and an exit code
 * in one place. Depends on {@code flag}, {@code console} and {@code transport}. Start with {@code CommandTree}.
 */
@NullMarked
package dev.muster.cli.command;

import org.jspecify.annotations.NullMarked;
