/**
 * {@code muster info} and {@code muster version}: about the daemon, not about the cluster's objects. Depends on
 * {@code command}, {@code flag}, {@code output} and {@code transport}.
 */
@NullMarked
package dev.muster.cli.system;

import org.jspecify.annotations.NullMarked;
