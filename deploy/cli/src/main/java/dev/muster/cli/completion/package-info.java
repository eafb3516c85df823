/**
 * Completion for shells: {@link dev.muster.cli.completion.CompletionCommand} prints the script that a shell loads; the
 * script asks {@link dev.muster.cli.completion.Completions} for words each time. Names of objects come from the daemon,
 * which has a second; without an answer there are none. Depends on {@code command}, {@code flag} and {@code transport}.
 */
@NullMarked
package dev.muster.cli.completion;

import org.jspecify.annotations.NullMarked;
