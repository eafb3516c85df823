package dev.muster.manager.orchestrator.slot;

import dev.muster.api.Service;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.Touched;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What kind of service it is. */
public enum Mode {
    /** A number of replicas that run for ever. */
    REPLICATED,
    /** One task on each node that fits. */
    GLOBAL,
    /** A number of tasks that run to their end, some at a time. */
    REPLICATED_JOB,
    /** One task on each node that fits, running to its end. */
    GLOBAL_JOB;

    public static Mode of(Service service) {
        return switch (service.getSpec().getModeCase()) {
            case GLOBAL -> GLOBAL;
            case REPLICATED_JOB -> REPLICATED_JOB;
            case GLOBAL_JOB -> GLOBAL_JOB;
            case REPLICATED, MODE_NOT_SET -> REPLICATED;
        };
    }

    public boolean job() {
        return this == REPLICATED_JOB || this == GLOBAL_JOB;
    }

    /** Whether slots are nodes. */
    public boolean perNode() {
        return this == GLOBAL || this == GLOBAL_JOB;
    }

    /** How many replicas a replicated service asks for. */
    public static long replicas(Service service) {
        var replicated = service.getSpec().getReplicated();
        return replicated.hasReplicas() ? replicated.getReplicas() : 1;
    }

    /** Services of the mode that may need a look, those that are being removed left out. */
    public static List<Service> touched(ClusterState state, Touched touched, Mode mode) {
        var found = new ArrayList<Service>();
        if (touched.everything()) {
            found.addAll(state.services().values());
        } else {
            touched.services().stream()
                    .map(state::service)
                    .flatMap(Optional::stream)
                    .forEach(found::add);
        }
        found.removeIf(service -> service.getPendingDelete() || of(service) != mode);
        return found;
    }
}
