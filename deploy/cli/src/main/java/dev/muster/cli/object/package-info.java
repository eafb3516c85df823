/**
 * {@code muster secret …} and {@code muster config …}, alike but for what they show of the content: {@link
 * dev.muster.cli.object.SecretCommands}, {@link dev.muster.cli.object.ConfigCommands}. Depends on {@code command},
 * {@code flag}, {@code output} and {@code transport}.
 */
@NullMarked
package dev.muster.cli.object;

import org.jspecify.annotations.NullMarked;
