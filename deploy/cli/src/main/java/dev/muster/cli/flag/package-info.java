/**
 * Flags of commands: {@link dev.muster.cli.flag.Flags} declares them, {@link dev.muster.cli.flag.FlagParser} reads
 * arguments by the rules that users of swarm's client know (GNU style, {@code -qf x}, {@code --flag=x}, booleans only
 * with {@code =}), {@link dev.muster.cli.flag.Arguments} is what was said. Depends on {@code stack.grammar} for the
 * texts of values. Start with {@code Flags}.
 */
@NullMarked
package dev.muster.cli.flag;

import org.jspecify.annotations.NullMarked;
