package dev.muster.manager.simulation.faults;

import dev.muster.api.LogEntry;
import dev.muster.manager.simulation.faults.RaftMessage.Append;
import dev.muster.manager.simulation.faults.RaftMessage.Appended;
import dev.muster.manager.simulation.faults.RaftMessage.Entry;
import dev.muster.manager.simulation.faults.RaftMessage.ReadAnswer;
import dev.muster.manager.simulation.faults.RaftMessage.ReadRequest;
import dev.muster.manager.simulation.faults.RaftMessage.Vote;
import dev.muster.manager.simulation.faults.RaftMessage.VoteRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The fake log's member on one manager: Raft without snapshots, membership changes and disks, so that what may happen to
 * a proposal is what may really happen to it: committed, lost, or committed long after its leader has given it up. One
 * life of the manager's process; what outlives it is on the {@link Disk}.
 */
final class RaftMember {
    private static final Duration HEARTBEAT = Duration.ofMillis(400);
    private static final Duration SHORTEST_ELECTION = Duration.ofMillis(1200);

    /** As large as the batches of the real log; bounds what a lagging member is sent at once. */
    private static final int MAX_ENTRIES = 200;

    /** What a member has on disk. */
    static final class Disk {
        private final List<Entry> log = new ArrayList<>();
        private long term;
        private @Nullable String vote;
    }

    /** What the log is for. */
    interface Machine {
        /** Applies the next committed entry. */
        void apply(int index, Entry entry);

        /** An entry that was put into the log here is given up: this member leads no longer. */
        void abandoned(Entry entry);

        /** Leading has begun, is complete, or has ended. */
        void leadershipChanged();
    }

    /** What the leader knows of another member. */
    private static final class Follower {
        private int next;
        private int match;
        private long round;
        private long heardNanos;

        private Follower(int next, long now) {
            this.next = next;
            this.heardNanos = now;
        }
    }

    private record PendingRead(long round, int index, IntConsumer answer) {}

    private final Host host;
    private final List<String> others;
    private final BiConsumer<String, RaftMessage> transport;
    private final Disk disk;
    private final Plant plant;
    private final Machine machine;
    private final Map<Integer, Proposal> proposals = new TreeMap<>();
    private final Map<String, Follower> followers = new TreeMap<>();
    private final Set<String> votes = new HashSet<>();
    private final List<PendingRead> reads = new ArrayList<>();
    private final Map<Long, IntConsumer> askedReads = new HashMap<>();
    private Optional<String> leader = Optional.empty();
    private boolean leads;
    private int commit;
    private int applied;
    private long rounds;
    private long readNumbers;
    private long electionNanos;

    /** An entry of this leader, and who waits for it. */
    interface Proposal {
        /** It is applied here. */
        void applied(int index);

        /** This member leads no longer; the entry may be committed by another. */
        void abandoned();
    }

    RaftMember(
            Host host,
            List<String> others,
            BiConsumer<String, RaftMessage> transport,
            Disk disk,
            Plant plant,
            Machine machine) {
        this.host = host;
        this.others = others;
        this.transport = transport;
        this.disk = disk;
        this.plant = plant;
        this.machine = machine;
        postponeElection();
        watchElection();
    }

    long term() {
        return disk.term;
    }

    Optional<String> leader() {
        return leader;
    }

    /** The term that it leads in with all of the log before it applied; 0 if it does not. */
    long leadingTerm() {
        boolean complete = leads && applied > 0 && disk.log.get(applied - 1).term() == disk.term;
        return complete ? disk.term : 0;
    }

    /** Puts an entry into the log; false if this member does not lead. */
    boolean append(LogEntry payload, Proposal proposal) {
        if (!leads) {
            return false;
        }
        disk.log.add(new Entry(disk.term, Optional.of(payload)));
        proposals.put(disk.log.size(), proposal);
        others.forEach(this::replicate);
        commitWhatMostHave();
        return true;
    }

    /** Answers with an index that holds all that was committed before, or never. */
    void readIndex(IntConsumer answer) {
        if (leads) {
            if (leadingTerm() != 0) {
                rounds++;
                reads.add(new PendingRead(rounds, commit, answer));
                others.forEach(this::replicate);
                answerReads();
            }
        } else {
            leader.ifPresent(known -> {
                askedReads.put(++readNumbers, answer);
                transport.accept(known, new ReadRequest(disk.term, readNumbers));
            });
        }
    }

    int applied() {
        return applied;
    }

    void receive(String from, RaftMessage message) {
        if (message.term() > disk.term) {
            enterTerm(message.term());
        }
        switch (message) {
            case VoteRequest request -> vote(from, request);
            case Vote vote -> count(from, vote);
            case Append append -> follow(from, append);
            case Appended appended -> learn(from, appended);
            case ReadRequest request ->
                readIndex(index -> transport.accept(from, new ReadAnswer(disk.term, request.number(), index)));
            case ReadAnswer answer -> {
                var waiting = askedReads.remove(answer.number());
                if (waiting != null) {
                    waiting.accept(answer.index());
                }
            }
        }
    }

    private void enterTerm(long term) {
        disk.term = term;
        disk.vote = null;
        leader = Optional.empty();
        stepDown();
    }

    private void stepDown() {
        if (leads) {
            leads = false;
            reads.clear();
            followers.clear();
            proposals.keySet().forEach(index -> machine.abandoned(disk.log.get(index - 1)));
            var abandoned = List.copyOf(proposals.values());
            proposals.clear();
            abandoned.forEach(Proposal::abandoned);
            machine.leadershipChanged();
        }
    }

    // Elections

    private void postponeElection() {
        electionNanos =
                host.nanoTime() + SHORTEST_ELECTION.toNanos() + host.random().nextLong(SHORTEST_ELECTION.toNanos());
    }

    private void watchElection() {
        long wait = electionNanos - host.nanoTime();
        if (wait <= 0) {
            if (!leads) {
                stand();
            }
            postponeElection();
            wait = electionNanos - host.nanoTime();
        }
        host.after(Duration.ofNanos(wait), this::watchElection);
    }

    private void stand() {
        enterTerm(disk.term + 1);
        disk.vote = host.name();
        votes.clear();
        votes.add(host.name());
        others.forEach(other -> transport.accept(other, new VoteRequest(disk.term, disk.log.size(), lastTerm())));
        leadIfChosen();
    }

    private long lastTerm() {
        return disk.log.isEmpty() ? 0 : disk.log.getLast().term();
    }

    private void vote(String from, VoteRequest request) {
        boolean complete = request.lastTerm() > lastTerm()
                || (request.lastTerm() == lastTerm() && request.lastIndex() >= disk.log.size());
        boolean free = disk.vote == null || disk.vote.equals(from);
        boolean granted = request.term() == disk.term && complete && free;
        if (granted) {
            disk.vote = from;
            postponeElection();
        }
        transport.accept(from, new Vote(disk.term, granted));
    }

    private void count(String from, Vote vote) {
        if (vote.granted() && vote.term() == disk.term && !leads && host.name().equals(disk.vote)) {
            votes.add(from);
            leadIfChosen();
        }
    }

    private void leadIfChosen() {
        if (votes.size() < (others.size() + 1) / 2 + 1) {
            return;
        }
        leads = true;
        leader = Optional.of(host.name());
        others.forEach(other -> followers.put(other, new Follower(disk.log.size() + 1, host.nanoTime())));
        disk.log.add(new Entry(disk.term, Optional.empty()));
        long term = disk.term;
        beat(term);
        commitWhatMostHave();
    }

    private void beat(long term) {
        if (!leads || disk.term != term) {
            return;
        }
        if (isCutOff()) {
            leader = Optional.empty();
            stepDown();
            return;
        }
        others.forEach(this::replicate);
        host.after(HEARTBEAT, () -> beat(term));
    }

    /** A leader that no majority has heard for so long that they have another by now. */
    private boolean isCutOff() {
        long since = host.nanoTime() - SHORTEST_ELECTION.multipliedBy(2).toNanos();
        long heard = followers.values().stream()
                .filter(follower -> follower.heardNanos >= since)
                .count();
        return heard + 1 < (others.size() + 1) / 2 + 1;
    }

    // Replication

    private void replicate(String other) {
        var follower = followers.get(other);
        if (follower == null) {
            return;
        }
        int previous = follower.next - 1;
        int end = Math.min(disk.log.size(), previous + MAX_ENTRIES);
        var entries = disk.log.subList(previous, end);
        transport.accept(
                other,
                new Append(
                        disk.term,
                        previous,
                        previous == 0 ? 0 : disk.log.get(previous - 1).term(),
                        entries,
                        commit,
                        rounds));
        // As if it had arrived; if it has not, the next answer says so.
        follower.next = end + 1;
    }

    private void follow(String from, Append append) {
        if (append.term() < disk.term) {
            transport.accept(from, new Appended(disk.term, false, disk.log.size(), append.round()));
            return;
        }
        leader = Optional.of(from);
        postponeElection();
        int previous = append.previousIndex();
        if (previous > disk.log.size()
                || (previous > 0 && disk.log.get(previous - 1).term() != append.previousTerm())) {
            int longest = Math.min(disk.log.size(), previous - 1);
            transport.accept(from, new Appended(disk.term, false, longest, append.round()));
            return;
        }
        int index = previous;
        for (var entry : append.entries()) {
            index++;
            if (index <= disk.log.size() && disk.log.get(index - 1).term() != entry.term()) {
                disk.log.subList(index - 1, disk.log.size()).clear();
            }
            if (index > disk.log.size()) {
                disk.log.add(entry);
            }
        }
        commitTo(Math.min(append.commit(), index));
        transport.accept(from, new Appended(disk.term, true, index, append.round()));
    }

    private void learn(String from, Appended appended) {
        var follower = followers.get(from);
        if (!leads || appended.term() != disk.term || follower == null) {
            return;
        }
        follower.heardNanos = host.nanoTime();
        follower.round = Math.max(follower.round, appended.round());
        answerReads();
        if (!appended.fits()) {
            follower.next = Math.max(follower.match, Math.min(appended.index(), disk.log.size())) + 1;
            replicate(from);
            return;
        }
        follower.match = Math.max(follower.match, appended.index());
        commitWhatMostHave();
        if (leads && follower.next <= disk.log.size()) {
            replicate(from);
        }
    }

    private void commitWhatMostHave() {
        for (int index = disk.log.size(); index > commit; index--) {
            int at = index;
            long have = followers.values().stream()
                    .filter(follower -> follower.match >= at)
                    .count();
            if (disk.log.get(index - 1).term() == disk.term && have + 1 >= plant.majority(others.size() + 1)) {
                commitTo(index);
                return;
            }
        }
    }

    private void commitTo(int index) {
        commit = Math.max(commit, index);
        while (applied < commit) {
            applied++;
            var entry = disk.log.get(applied - 1);
            machine.apply(applied, entry);
            var proposal = proposals.remove(applied);
            if (proposal != null) {
                proposal.applied(applied);
            }
            if (entry.payload().isEmpty() && leadingTerm() != 0) {
                machine.leadershipChanged();
            }
        }
    }

    private void answerReads() {
        var answered = reads.stream()
                .filter(read -> followers.values().stream()
                                        .filter(follower -> follower.round >= read.round())
                                        .count()
                                + 1
                        >= (others.size() + 1) / 2 + 1)
                .toList();
        reads.removeAll(answered);
        answered.forEach(read -> read.answer().accept(read.index()));
    }
}
