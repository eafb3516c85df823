package dev.muster.manager.simulation.faults;

import dev.muster.api.Change;
import dev.muster.api.ChangeSet;
import dev.muster.api.Service;
import dev.muster.api.StoredObject;
import dev.muster.api.Task;
import dev.muster.manager.loop.ControlLoop;
import dev.muster.manager.loop.Decision;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.Touched;
import java.time.Instant;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/** A loop whose decisions are not quite what it decided: tasks and services in them are others. */
final class RewritingLoop implements ControlLoop {
    private final ControlLoop loop;
    private final UnaryOperator<Task> tasks;
    private final UnaryOperator<Service> services;

    RewritingLoop(ControlLoop loop, UnaryOperator<Task> tasks, UnaryOperator<Service> services) {
        this.loop = loop;
        this.tasks = tasks;
        this.services = services;
    }

    @Override
    public String name() {
        return loop.name();
    }

    @Override
    public Decision decide(ClusterState state, Instant now, RandomGenerator random, Touched touched) {
        var decision = loop.decide(state, now, random, touched);
        return new Decision(
                decision.changeSets().stream().map(this::rewritten).toList(),
                decision.nextWakeup(),
                decision.reasons());
    }

    private ChangeSet rewritten(ChangeSet changeSet) {
        var rewritten = changeSet.toBuilder().clearChanges();
        for (var change : changeSet.getChangesList()) {
            rewritten.addChanges(rewritten(change));
        }
        return rewritten.build();
    }

    private Change rewritten(Change change) {
        var object = change.getObject();
        if (object.hasTask()) {
            var task = tasks.apply(object.getTask());
            return change.toBuilder()
                    .setObject(StoredObject.newBuilder().setTask(task))
                    .build();
        }
        if (object.hasService()) {
            var service = services.apply(object.getService());
            return change.toBuilder()
                    .setObject(StoredObject.newBuilder().setService(service))
                    .build();
        }
        return change;
    }
}
