package dev.muster.manager.simulation.faults;

import dev.muster.api.ChangeSet;
import dev.muster.manager.control.Control;
import dev.muster.manager.control.ImageResolver;
import dev.muster.manager.dispatcher.DispatcherDriver;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.ProposalResult;
import dev.muster.manager.state.Proposer;
import dev.muster.manager.trust.OutsideAuthority;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A manager: its host, what it has on disk, and, while it lives, its member of the log, what users ask, and the term in
 * which it leads. It is what {@code ManagerNode} is to the product.
 */
final class SimulatedManager {
    /** Leadership is asked about even if nothing is heard of it; rarer than in the product, so that this matters. */
    private static final Duration ASK_EVERY = Duration.ofSeconds(3);

    /** One notice of so many never comes. */
    private static final int LOST_NOTICE = 3;

    private static final Duration NOTICE = Duration.ofMillis(20);

    private final Host host;
    private final List<String> others;
    private final BiConsumer<String, RaftMessage> transport;
    private final RaftMember.Disk disk = new RaftMember.Disk();
    private final History history;
    private final Plant plant;
    private final Events events;
    private final SecureRandom secrets = new SecureRandom();
    private ClusterStates states = new ClusterStates();
    private SimulatedLog log;
    private Control control;
    private @Nullable SimulatedTerm term;
    private @Nullable SimulatedTerm ending;

    SimulatedManager(
            Host host,
            List<String> others,
            BiConsumer<String, RaftMessage> transport,
            History history,
            Plant plant,
            Events events) {
        this.host = host;
        this.others = others;
        this.transport = transport;
        this.history = history;
        this.plant = plant;
        this.events = events;
        this.log = openLog();
        this.control = openControl();
        host.every(ASK_EVERY, this::follow);
    }

    Host host() {
        return host;
    }

    ClusterStates states() {
        return states;
    }

    Control control() {
        return control;
    }

    boolean leads() {
        return term != null;
    }

    RaftMember member() {
        return log.member();
    }

    /** The process begins anew, with what is on disk. */
    void start() {
        host.start();
        states = new ClusterStates();
        term = null;
        ending = null;
        log = openLog();
        control = openControl();
        host.every(ASK_EVERY, this::follow);
    }

    void kill() {
        host.kill();
        term = null;
        ending = null;
    }

    /** What agents and users reach while it leads. */
    SimulatedTerm term() {
        var open = term;
        if (open == null) {
            throw DispatcherDriver.notLeader(otherLeader());
        }
        return open;
    }

    /** Proposes in the name of the open leadership, or says who leads. Inside a fiber. */
    Proposer proposer() {
        return new Proposer() {
            @Override
            public List<ProposalResult> propose(List<ChangeSet> changeSets) {
                var open = term;
                if (open == null) {
                    ProposalResult notLeader =
                            new ProposalResult.NotLeader(log.member().leader());
                    return changeSets.stream().map(_ -> notLeader).toList();
                }
                return open.queue().propose(changeSets);
            }

            @Override
            public ClusterState read() {
                return log.read();
            }
        };
    }

    private SimulatedLog openLog() {
        return new SimulatedLog(host, others, transport, disk, states, history, plant, this::notice, () -> {
            if (term != null) {
                term.wake();
            }
        });
    }

    private Control openControl() {
        return new Control(
                proposer(),
                states,
                (_, _) -> new ImageResolver.Unresolved("there is no registry"),
                (_, _, _) -> {
                    throw new IOException("there are no logs");
                },
                OutsideAuthority.NONE,
                host::wallClock,
                host.random().split(),
                secrets);
    }

    private void notice() {
        if (host.random().nextInt(LOST_NOTICE) > 0) {
            host.afterAtMost(NOTICE, this::follow);
        }
    }

    /** One thread's work in the product: a leadership begins when the one before has ended. */
    private void follow() {
        long leading = log.member().leadingTerm();
        if (term != null && term.term() != leading) {
            events.add(host.name() + " leads no longer, term " + term.term());
            term.close();
            ending = term;
            term = null;
        }
        if (ending != null && !ending.idle()) {
            host.after(NOTICE, this::follow);
            return;
        }
        ending = null;
        if (term == null && leading != 0) {
            events.add(host.name() + " leads, term " + leading);
            history.coverage().count(Coverage.Seen.LEADERSHIP);
            term = new SimulatedTerm(leading, host, states, log.open(leading), plant, this::otherLeader);
        }
    }

    private Optional<String> otherLeader() {
        return log.member().leader().filter(leader -> !leader.equals(host.name()));
    }
}
