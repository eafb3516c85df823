/**
 * The terminal and the environment that a command runs in: {@link dev.muster.cli.console.Console}. The mains and the
 * launcher decide what is a terminal; everything else asks here. Depends on nothing of the command line.
 */
@NullMarked
package dev.muster.cli.console;

import org.jspecify.annotations.NullMarked;
