/**
 * Waiting for a service to converge: {@link dev.muster.cli.progress.Convergence} decides from what the daemon says
 * what to show and whether it is done, purely; {@link dev.muster.cli.progress.Progress} polls, draws and waits.
 * Depends on the messages, {@code console}, {@code flag} and {@code transport}. Start with {@code Progress}.
 */
@NullMarked
package dev.muster.cli.progress;

import org.jspecify.annotations.NullMarked;
