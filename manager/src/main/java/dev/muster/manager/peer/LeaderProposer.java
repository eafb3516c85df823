package dev.muster.manager.peer;

import dev.muster.api.ChangeSet;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.ProposalResult;
import dev.muster.manager.state.Proposer;
import dev.muster.manager.state.ReadFailedException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Proposes wherever the leader is. While there is none, or it changes, it waits and tries again; what got lost with a
 * leader is looked up in the state under the next. After an acceptance this manager's own state has the change in it,
 * wherever it was proposed. Any thread; blocks, so call it on virtual threads.
 */
public final class LeaderProposer implements Proposer {
    /** Longer than any election; after that users are better told. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    /** Between attempts while nobody leads: an election may end at any moment, and asking is cheap. */
    private static final Duration PAUSE = Duration.ofMillis(20);

    /** The way to the leader while it is another manager. */
    interface Remote {
        /** Empty if no other manager is known to lead. */
        Optional<Sent> propose(List<ChangeSet> changeSets);

        /** Asks the leader of now that nothing may come of it any more that has not; false if none says so. */
        boolean withdraw(Lost lost);
    }

    /**
     * What came back.
     *
     * @param results one per change set
     * @param lost if no answer came: what may still be on its way
     */
    record Sent(List<ProposalResult> results, Optional<Lost> lost) {
        Sent {
            results = List.copyOf(results);
        }
    }

    /** A request without an answer: it may reach the leader of that term yet, and no other takes it. */
    record Lost(long term, String attempt) {}

    /** A change set on its way. One thread. */
    private static final class Attempt {
        private final ChangeSet changeSet;
        private ProposalResult result = new ProposalResult.NotLeader(Optional.empty());
        private Optional<String> lost = Optional.empty();
        private Optional<Lost> onTheWay = Optional.empty();

        Attempt(ChangeSet changeSet) {
            this.changeSet = changeSet;
        }

        /** Nothing has come of it, so it may be proposed again. */
        boolean open() {
            return result instanceof ProposalResult.NotLeader || result instanceof ProposalResult.Refused;
        }

        void told(ProposalResult told, Optional<Lost> noAnswer) {
            result = told;
            onTheWay = noAnswer;
            if (told instanceof ProposalResult.Unknown unknown) {
                lost = Optional.of(unknown.why());
            }
        }

        /** Its outcome has to be looked up: unknown, or refuted perhaps by an earlier copy of itself. */
        boolean doubtful() {
            return lost.isPresent() && !(result instanceof ProposalResult.Accepted);
        }

        /** Told in the end: an outcome that got lost may still come, whatever was said of a repetition. */
        ProposalResult outcome() {
            return open()
                    ? lost.<ProposalResult>map(ProposalResult.Unknown::new).orElse(result)
                    : result;
        }

        /** Nobody can say any more what became of it. */
        void giveUp() {
            lost.ifPresent(why -> result = new ProposalResult.Unknown(why));
        }

        void lookUp(ClusterState state) {
            boolean rejected = result instanceof ProposalResult.Rejected;
            var found = LostProposals.lookUp(state, changeSet, lost.orElse(""));
            // Rejected though it could still be made: for a reason of its own.
            result = rejected && found instanceof ProposalResult.Refused ? result : found;
        }

        /** Nothing is on its way any more: what the state says now is the whole truth. */
        void lookUpWithdrawn(ClusterState state) {
            onTheWay = Optional.empty();
            lookUp(state);
            if (open()) {
                lost = Optional.empty();
            }
        }
    }

    private final Proposer local;
    private final ClusterStates states;
    private final Remote remote;
    private final LongSupplier nanoTime;

    /**
     * @param local of this manager's member of the group: takes proposals while it leads, and reads at any time
     * @param states of this manager
     * @param terms likewise, and the terms that it knows of
     * @param nanoTime for how long it waits
     * @param random names what is sent, unlike anything else
     */
    public LeaderProposer(
            Proposer local,
            ClusterStates states,
            LeaderLink link,
            TermProposer terms,
            LongSupplier nanoTime,
            RandomGenerator random) {
        this(local, states, new RemoteProposals(link, terms, random), nanoTime);
    }

    LeaderProposer(Proposer local, ClusterStates states, Remote remote, LongSupplier nanoTime) {
        this.local = local;
        this.states = states;
        this.remote = remote;
        this.nanoTime = nanoTime;
    }

    @Override
    public List<ProposalResult> propose(List<ChangeSet> changeSets) {
        long deadline = deadline();
        var attempts = changeSets.stream().map(Attempt::new).toList();
        var open = attempts;
        while (true) {
            var sent = attempt(open.stream().map(one -> one.changeSet).toList());
            for (int i = 0; i < open.size(); i++) {
                open.get(i).told(sent.results().get(i), sent.lost());
            }
            boolean withdrawn = sent.lost().isPresent() && withdraw(sent.lost().get(), deadline);
            settle(open, withdrawn, deadline);
            open = open.stream().filter(Attempt::open).toList();
            if (open.isEmpty() || !pause(deadline)) {
                return attempts.stream().map(Attempt::outcome).toList();
            }
        }
    }

    private Sent attempt(List<ChangeSet> changeSets) {
        var here = new Sent(local.propose(changeSets), Optional.empty());
        return here.results().stream().allMatch(result -> result instanceof ProposalResult.NotLeader)
                ? remote.propose(changeSets).orElse(here)
                : here;
    }

    /** Until the leader of now says that nothing may come of it any more; false if there is none in time. */
    private boolean withdraw(Lost lost, long deadline) {
        while (!remote.withdraw(lost)) {
            if (!pause(deadline)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Looks up what got lost, and waits until this manager's state has what was accepted.
     *
     * @param withdrawn whether what got no answer is no longer on its way
     */
    private void settle(List<Attempt> attempts, boolean withdrawn, long deadline) {
        boolean behind = attempts.stream()
                .anyMatch(one -> one.result instanceof ProposalResult.Accepted(long version)
                        && states.current().version() < version);
        if (!behind && attempts.stream().noneMatch(Attempt::doubtful)) {
            return;
        }
        var state = readUntil(deadline);
        for (var one : attempts) {
            if (state.isEmpty() && one.result instanceof ProposalResult.Accepted(long version)) {
                one.told(
                        new ProposalResult.Unknown("the leader has committed it as version " + version
                                + ", but this manager did not hear of it in time"),
                        Optional.empty());
            } else if (one.doubtful() && state.isPresent() && withdrawn) {
                one.lookUpWithdrawn(state.get());
            } else if (one.doubtful() && state.isPresent() && one.onTheWay.isEmpty()) {
                one.lookUp(state.get());
            } else if (one.doubtful()) {
                one.giveUp();
            }
        }
    }

    /** Asks again while nobody leads. */
    @Override
    public ClusterState read() {
        long deadline = deadline();
        while (true) {
            try {
                return local.read();
            } catch (ReadFailedException e) {
                if (!pause(deadline)) {
                    throw e;
                }
            }
        }
    }

    private Optional<ClusterState> readUntil(long deadline) {
        while (true) {
            try {
                return Optional.of(local.read());
            } catch (ReadFailedException e) {
                if (!pause(deadline)) {
                    return Optional.empty();
                }
            }
        }
    }

    private long deadline() {
        return nanoTime.getAsLong() + PATIENCE.toNanos();
    }

    /** False if there is no time left, or the caller is to stop. */
    private boolean pause(long deadline) {
        if (Thread.currentThread().isInterrupted() || nanoTime.getAsLong() - deadline >= 0) {
            return false;
        }
        LockSupport.parkNanos(this, PAUSE.toNanos());
        return true;
    }
}
