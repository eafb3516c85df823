package dev.muster.manager.simulation.faults;

import dev.muster.api.Kind;
import dev.muster.api.LogEntry;
import dev.muster.api.Service;
import dev.muster.api.Task;
import dev.muster.api.TaskState;
import dev.muster.api.UpdateConfig;
import dev.muster.manager.loop.ControlLoop;
import dev.muster.manager.loop.Decision;
import dev.muster.manager.orchestrator.slot.NewTasks;
import dev.muster.manager.orchestrator.slot.SlotTasks;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterReducer;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStateBuilder;
import dev.muster.manager.state.Touched;
import java.time.Instant;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** Bugs that are planted on purpose, one for each rule, which it breaks sooner or later. */
enum PlantedBug implements Plant {
    /** One of three members, or two of five, are taken for a majority. */
    SMALL_MAJORITY(Rule.ONE_LOG) {
        @Override
        public int majority(int members) {
            return members / 2;
        }
    },
    /** A change is acknowledged as soon as the leader has it in its own log. */
    EARLY_ACKNOWLEDGEMENT(Rule.ACKNOWLEDGED) {
        @Override
        public boolean acknowledgesEarly() {
            return true;
        }
    },
    /** A manager answers from the state it has, without asking whether that is behind. */
    STALE_READS(Rule.READS) {
        @Override
        public boolean readsLocally() {
            return true;
        }
    },
    /** A loop makes a second task for a slot in which one runs. */
    SECOND_TASK(Rule.SLOTS) {
        @Override
        public List<ControlLoop> loops(List<ControlLoop> loops) {
            return Stream.concat(loops.stream(), Stream.of(new Doubling())).toList();
        }
    },
    /** What is to wait for another's end is started at once. */
    NO_WAIT(Rule.CONTAINERS) {
        @Override
        public List<ControlLoop> loops(List<ControlLoop> loops) {
            return loops.stream()
                    .map(loop -> loop.name().equals("start") ? new StartingAtOnce() : loop)
                    .toList();
        }
    },
    /** A task that ran is observed as starting when it is written again. */
    BACKWARDS(Rule.FORWARD) {
        @Override
        public ClusterReducer.Applied reduce(ClusterState state, LogEntry entry, long term) {
            var applied = ClusterReducer.apply(state, entry, term);
            return applied.touched().ids(Kind.KIND_TASK).stream()
                    .flatMap(id -> state.tasks().containsKey(id) ? applied.state().task(id).stream() : Stream.empty())
                    .filter(task -> task.getStatus().getState() == TaskState.TASK_RUNNING)
                    .filter(task ->
                            state.task(task.getId()).orElseThrow().getStatus().getState() == TaskState.TASK_RUNNING)
                    .findFirst()
                    .map(task -> new ClusterReducer.Applied(
                            new ClusterStateBuilder(applied.state())
                                    .put(observed(task, TaskState.TASK_STARTING))
                                    .build(),
                            applied.verdicts(),
                            applied.touched()))
                    .orElse(applied);
        }
    },
    /** The allocator gives all tasks of a network the same address. */
    SAME_ADDRESS(Rule.ADDRESSES) {
        @Override
        Task allocated(Task task) {
            var same = task.toBuilder();
            same.getNetworksBuilderList().forEach(attached -> attached.setAddress("10.7.7.7/24"));
            return same.build();
        }
    },
    /** The allocator gives all services the same port. */
    SAME_PORT(Rule.PORTS) {
        @Override
        Service allocated(Service service) {
            var same = service.toBuilder();
            same.getEndpointBuilder().getPortsBuilderList().forEach(port -> port.setPublishedPort(30_000));
            return same.build();
        }
    },
    /** The scheduler puts everything on one node, whatever fits. */
    ONE_NODE(Rule.RESERVATIONS) {
        @Override
        Task scheduled(Task task) {
            return task.getSlot() > 0 && !task.getNodeId().isEmpty()
                    ? task.toBuilder().setNodeId("worker1").build()
                    : task;
        }
    },
    /** Every leadership tells agents that it is the first. */
    ONE_TERM(Rule.GENERATIONS) {
        @Override
        public long toldTerm(long term) {
            return 1;
        }
    },
    /** A loop is missing. */
    NO_START(Rule.CONVERGENCE) {
        @Override
        public List<ControlLoop> loops(List<ControlLoop> loops) {
            return loops.stream().filter(loop -> !loop.name().equals("start")).toList();
        }
    };

    private final Rule rule;

    PlantedBug(Rule rule) {
        this.rule = rule;
    }

    /** The one that it breaks. */
    Rule rule() {
        return rule;
    }

    Task allocated(Task task) {
        return task;
    }

    Service allocated(Service service) {
        return service;
    }

    Task scheduled(Task task) {
        return task;
    }

    @Override
    public List<ControlLoop> loops(List<ControlLoop> loops) {
        return loops.stream()
                .map(loop -> switch (loop.name()) {
                    case "allocator" -> new RewritingLoop(loop, this::allocated, this::allocated);
                    case "scheduler" -> new RewritingLoop(loop, this::scheduled, service -> service);
                    default -> loop;
                })
                .toList();
    }

    private static Task observed(Task task, TaskState state) {
        var changed = task.toBuilder();
        changed.getStatusBuilder().setState(state);
        return changed.build();
    }

    /** Makes a second task beside one that runs. */
    private static final class Doubling implements ControlLoop {
        @Override
        public String name() {
            return "doubling";
        }

        @Override
        public Decision decide(ClusterState state, Instant now, RandomGenerator random, Touched touched) {
            for (var service : state.services().values()) {
                boolean stopsFirst = service.getSpec().getUpdate().getOrder() == UpdateConfig.Order.STOP_FIRST;
                for (var slot : SlotTasks.all(state, service.getId())) {
                    if (stopsFirst && slot.living().size() == 1 && slot.slot().number() > 0) {
                        return Decision.propose(new ChangeSetBuilder(now, name())
                                .create(NewTasks.of(service, random, now)
                                        .setSlot(slot.slot().number())
                                        .build()));
                    }
                }
            }
            return Decision.NOTHING;
        }
    }

    /** Lets every task start that waits. */
    private static final class StartingAtOnce implements ControlLoop {
        @Override
        public String name() {
            return "start";
        }

        @Override
        public Decision decide(ClusterState state, Instant now, RandomGenerator random, Touched touched) {
            var decision = Decision.NOTHING;
            for (var task : state.tasksDesired(TaskState.TASK_READY)) {
                decision = decision.with(new ChangeSetBuilder(now, name())
                        .update(NewTasks.desire(task, TaskState.TASK_RUNNING))
                        .build());
            }
            return decision;
        }
    }
}
