/**
 * {@code muster service …}: {@link dev.muster.cli.service.ServiceCommands} lists the commands. {@link
 * dev.muster.cli.service.SpecFromFlags} makes a spec for create, {@link dev.muster.cli.service.SpecUpdate} changes
 * one for update; both are pure. Depends on {@code command}, {@code flag}, {@code value}, {@code output}, {@code
 * task}, {@code progress} and {@code auth}.
 */
@NullMarked
package dev.muster.cli.service;

import org.jspecify.annotations.NullMarked;
