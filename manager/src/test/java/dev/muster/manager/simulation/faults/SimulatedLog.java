package dev.muster.manager.simulation.faults;

import dev.muster.api.ChangeSet;
import dev.muster.api.Fence;
import dev.muster.api.LogEntry;
import dev.muster.manager.simulation.faults.RaftMessage.Entry;
import dev.muster.manager.state.ClusterReducer;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.EntryBounds;
import dev.muster.manager.state.ProposalResult;
import dev.muster.manager.state.Proposer;
import dev.muster.manager.state.ReadFailedException;
import dev.muster.manager.state.Verdict;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * What the replicated log is to one manager's process: it applies what is committed to {@link ClusterStates}, answers
 * linearizable reads, and takes proposals, which share entries while others are under way. Makes the promises of {@link
 * Proposer}, with the same outcomes for the same reasons as the real one.
 */
final class SimulatedLog implements RaftMember.Machine {
    /** As of the real one. */
    private static final int IN_FLIGHT = 2;

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration READ_PATIENCE = Duration.ofSeconds(10);
    private static final Duration ASK_AGAIN = Duration.ofMillis(700);

    private final Host host;
    private final ClusterStates states;
    private final History history;
    private final Plant plant;
    private final Runnable leadershipChanged;
    private final Runnable published;
    private final RaftMember member;
    private final Map<Integer, ClusterReducer.Applied> outcomes = new HashMap<>();
    private final List<Reader> readers = new ArrayList<>();

    private record Reader(int index, Fibers.Promise<Boolean> promise) {}

    SimulatedLog(
            Host host,
            List<String> others,
            BiConsumer<String, RaftMessage> transport,
            RaftMember.Disk disk,
            ClusterStates states,
            History history,
            Plant plant,
            Runnable leadershipChanged,
            Runnable published) {
        this.host = host;
        this.states = states;
        this.history = history;
        this.plant = plant;
        this.leadershipChanged = leadershipChanged;
        this.published = published;
        this.member = new RaftMember(host, others, transport, disk, plant, this);
    }

    RaftMember member() {
        return member;
    }

    @Override
    public void apply(int index, Entry entry) {
        var step = history.apply(index, entry);
        outcomes.clear();
        outcomes.put(index, step);
        states.publish(step.state(), step.touched());
        var reached = readers.stream().filter(reader -> reader.index() <= index).toList();
        readers.removeAll(reached);
        reached.forEach(reader -> reader.promise().complete(true));
        published.run();
    }

    @Override
    public void abandoned(Entry entry) {
        history.coverage().abandoned(entry);
    }

    @Override
    public void leadershipChanged() {
        leadershipChanged.run();
    }

    /** Inside a fiber. */
    ClusterState read() {
        if (plant.readsLocally()) {
            return states.current();
        }
        var seen = host.fibers().promise(READ_PATIENCE, false);
        ask(seen);
        if (!seen.await()) {
            throw new ReadFailedException("no majority of managers confirmed in time", new IllegalStateException());
        }
        return states.current();
    }

    /** Again until somebody answers: the leader may not be known, or not be ready. */
    private void ask(Fibers.Promise<Boolean> seen) {
        if (seen.completed()) {
            return;
        }
        member.readIndex(index -> {
            if (index <= member.applied()) {
                seen.complete(true);
            } else {
                readers.add(new Reader(index, seen));
            }
        });
        host.after(ASK_AGAIN, () -> ask(seen));
    }

    /** Opens what a leadership proposes with. */
    Queue open(long term) {
        return new Queue(term);
    }

    /** The proposals of one leadership. Its calls block: inside a fiber. */
    final class Queue implements Proposer {
        private final long term;
        private final Deque<Waiting> waiting = new ArrayDeque<>();
        private int inFlight;
        private boolean closed;

        private Queue(long term) {
            this.term = term;
        }

        private record Waiting(ChangeSet changeSet, Fibers.Promise<ProposalResult> promise) {}

        @Override
        public List<ProposalResult> propose(List<ChangeSet> changeSets) {
            ProposalResult late = new ProposalResult.Unknown("the log did not answer in time");
            var promises = new ArrayList<Fibers.Promise<ProposalResult>>();
            for (var changeSet : changeSets) {
                var promise = host.fibers().<ProposalResult>promise(PATIENCE, late);
                promises.add(promise);
                if (closed) {
                    promise.complete(new ProposalResult.Refused("this manager's leadership has ended"));
                } else if (EntryBounds.tooLarge(changeSet)) {
                    promise.complete(EntryBounds.refusal(changeSet));
                } else {
                    waiting.add(new Waiting(changeSet, promise));
                }
            }
            host.after(Duration.ZERO, this::flush);
            return promises.stream().map(Fibers.Promise::await).toList();
        }

        @Override
        public ClusterState read() {
            return SimulatedLog.this.read();
        }

        /** Nothing is sent after this. What is under way gets its outcome from the log. */
        void close() {
            closed = true;
            waiting.forEach(
                    one -> one.promise().complete(new ProposalResult.Refused("this manager's leadership has ended")));
            waiting.clear();
        }

        private void flush() {
            while (!closed && !waiting.isEmpty() && inFlight < IN_FLIGHT) {
                var batch = List.copyOf(waiting);
                waiting.clear();
                send(batch);
            }
        }

        private void send(List<Waiting> batch) {
            var entry = LogEntry.newBuilder()
                    .setFormat(ClusterReducer.ENTRY_FORMAT)
                    .setFence(Fence.newBuilder()
                            .setEpoch(states.current().epoch())
                            .setTerm(term));
            batch.forEach(one -> entry.addChangeSets(one.changeSet()));
            inFlight++;
            boolean taken = member.append(entry.build(), new RaftMember.Proposal() {
                @Override
                public void applied(int index) {
                    settle(batch, outcomes.get(index).verdicts());
                    landed();
                }

                @Override
                public void abandoned() {
                    batch.forEach(one -> one.promise()
                            .complete(
                                    new ProposalResult.Unknown("this manager ceased to lead before it was committed")));
                    landed();
                }
            });
            if (!taken) {
                inFlight--;
                batch.forEach(one -> one.promise().complete(new ProposalResult.NotLeader(member.leader())));
            } else if (plant.acknowledgesEarly()) {
                settle(
                        batch,
                        ClusterReducer.apply(states.current(), entry.build(), member.term())
                                .verdicts());
            }
        }

        private void landed() {
            inFlight--;
            flush();
        }

        private static void settle(List<Waiting> batch, List<Verdict> verdicts) {
            for (int i = 0; i < batch.size(); i++) {
                batch.get(i)
                        .promise()
                        .complete(
                                switch (verdicts.get(i)) {
                                    case Verdict.Accepted accepted -> new ProposalResult.Accepted(accepted.version());
                                    case Verdict.Rejected rejected -> new ProposalResult.Rejected(rejected.reasons());
                                });
            }
        }
    }
}
