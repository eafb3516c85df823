/**
 * {@code muster swarm …}: {@link dev.muster.cli.swarm.SwarmCommands} lists the commands. Depends on {@code command},
 * {@code flag}, {@code node} and {@code transport}.
 */
@NullMarked
package dev.muster.cli.swarm;

import org.jspecify.annotations.NullMarked;
