package dev.muster.manager.scheduler;

import dev.muster.api.PortConfig;
import dev.muster.api.Resources;
import dev.muster.api.ServiceRevision;
import dev.muster.api.Task;
import java.util.List;

/** Tasks of one service and revision that wait: what fits one fits all. */
record TaskGroup(ServiceRevision revision, List<Task> tasks) {
    TaskGroup {
        tasks = List.copyOf(tasks);
    }

    String serviceId() {
        return revision.getServiceId();
    }

    Resources reservations() {
        return revision.getTask().getResources().getReservations();
    }

    List<PortConfig> ports() {
        return revision.getEndpoint().getPortsList();
    }

    boolean hasHostPorts() {
        return ports().stream().anyMatch(Candidate::isOnHost);
    }
}
