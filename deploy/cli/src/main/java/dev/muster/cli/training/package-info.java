/**
 * Makes the start-up cache: {@link dev.muster.cli.training.UpgradeMain} makes old libraries fit for it, and {@link
 * dev.muster.cli.training.TrainingMain} runs typical commands in one JVM, against no daemon and against one that
 * answers with made-up objects, so that the JVM sees which classes a run needs. Not used otherwise.
 */
@NullMarked
package dev.muster.cli.training;

import org.jspecify.annotations.NullMarked;
