package dev.muster.cli.progress;

import dev.muster.api.Service;
import dev.muster.api.Task;
import java.util.List;
import java.util.Set;

/**
 * What the daemon says at one moment.
 *
 * @param tasks of the service's current revision
 * @param activeNodes ids of the nodes that are not down
 */
record Snapshot(Service service, List<Task> tasks, Set<String> activeNodes) {}
