/**
 * Health checks as Docker defines them: a command, run inside the container every so often, decides whether it is
 * healthy. {@link dev.muster.worker.health.HealthState} is the pure rule, {@link dev.muster.worker.health.HealthCheck} the
 * settings with their defaults, {@link dev.muster.worker.health.HealthMonitor} runs the checks of all containers on one
 * timer.
 *
 * <p>May depend on {@code runtime}'s records for running a command. Start reading at {@code HealthState}.
 */
@NullMarked
package dev.muster.worker.health;

import org.jspecify.annotations.NullMarked;
