/**
 * The {@code muster} command. {@link dev.muster.cli.MusterMain} names the real streams, clock and environment; {@link
 * dev.muster.cli.Muster} lists the commands. A command is a value with flags and an action ({@code command}); actions
 * are in a package per group ({@code swarm}, {@code node}, {@code service}, {@code stack}, {@code object}, {@code
 * network}, {@code system}), talk to the daemon through {@code transport} and print through {@code output}.
 *
 * <p>Starting fast is what shapes it: no gRPC, no Netty, a command's flags are modelled only when it is called.
 */
@NullMarked
package dev.muster.cli;

import org.jspecify.annotations.NullMarked;
