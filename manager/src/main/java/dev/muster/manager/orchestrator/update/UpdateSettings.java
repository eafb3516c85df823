package dev.muster.manager.orchestrator.update;

import dev.muster.api.Durations;
import dev.muster.api.Service;
import dev.muster.api.UpdateConfig;
import java.time.Duration;

/**
 * How an update proceeds, with defaults filled in.
 *
 * @param parallelism slots at a time; 0 for all
 * @param delay after each slot, before its place is given to another
 * @param monitor how long a task that runs is watched; always longer than the delay
 * @param action what too many failures lead to
 * @param maxFailureRatio failed slots to all slots of the update; more is too many
 * @param order whether the old task goes before the new one comes
 */
record UpdateSettings(
        long parallelism,
        Duration delay,
        Duration monitor,
        UpdateConfig.FailureAction action,
        float maxFailureRatio,
        UpdateConfig.Order order) {
    private static final Duration DEFAULT_MONITOR = Duration.ofSeconds(5);
    private static final UpdateConfig DEFAULT =
            UpdateConfig.newBuilder().setParallelism(1).build();

    static UpdateSettings of(Service service, boolean rollback) {
        var spec = service.getSpec();
        var config = rollback
                ? (spec.hasRollback() ? spec.getRollback() : DEFAULT)
                : (spec.hasUpdate() ? spec.getUpdate() : DEFAULT);
        var delay = Durations.duration(config.getDelay());
        var monitor = Durations.positive(config.getMonitor(), DEFAULT_MONITOR);
        return new UpdateSettings(
                config.getParallelism(),
                delay,
                // Else the next slot would begin after the last one is out of sight.
                delay.compareTo(monitor) < 0 ? monitor : delay.plusSeconds(1),
                config.getFailureAction(),
                config.getMaxFailureRatio(),
                config.getOrder());
    }

    boolean watchesFailures() {
        return action != UpdateConfig.FailureAction.CONTINUE;
    }

    boolean startsFirst() {
        return order == UpdateConfig.Order.START_FIRST;
    }

    boolean hasRoom(long busy) {
        return parallelism == 0 || Long.compareUnsigned(busy, parallelism) < 0;
    }
}
