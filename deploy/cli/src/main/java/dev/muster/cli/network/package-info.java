/**
 * {@code muster network …}: {@link dev.muster.cli.network.NetworkCommands} lists the commands, {@link
 * dev.muster.cli.network.IpamFlags} sorts ranges, gateways and auxiliary addresses to their subnets. Depends on
 * {@code command}, {@code flag}, {@code output} and {@code transport}.
 */
@NullMarked
package dev.muster.cli.network;

import org.jspecify.annotations.NullMarked;
