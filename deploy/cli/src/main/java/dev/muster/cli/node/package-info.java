/**
 * {@code muster node …}: {@link dev.muster.cli.node.NodeCommands} lists the commands. Depends on {@code command},
 * {@code flag}, {@code output}, {@code task} and {@code transport}.
 */
@NullMarked
package dev.muster.cli.node;

import org.jspecify.annotations.NullMarked;
