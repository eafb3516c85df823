package dev.muster.manager.membership;

import static java.lang.System.Logger.Level.WARNING;

import dev.muster.api.EpochRequest;
import dev.muster.api.MembershipGrpc;
import dev.muster.api.Node;
import dev.muster.manager.loop.LeaderTerm;
import dev.muster.pki.ManagerChannel;
import dev.muster.pki.TlsContexts;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.netty.channel.EventLoopGroup;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Finds out whether the cluster has gone on without this group. After {@code --force-new-cluster} on one manager the others
 * may come back, and with a majority of the old group among them they would go on as the cluster that they were. So a
 * leader asks every manager that it does not hear of in Raft for its epoch; a later one ends this group's part. A thread
 * of the leader's term.
 */
public final class EpochWatch {
    private static final System.Logger LOG = System.getLogger(EpochWatch.class.getName());

    /** Who is away does not answer: nobody waits for it but this thread. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private static final long CALL_SECONDS = 2;

    private final LeaderTerm term;
    private final RaftGroup group;
    private final TlsContexts tls;
    private final EventLoopGroup loops;
    private final Runnable superseded;

    /**
     * @param superseded told once, when another manager's cluster is the later one: this one must not lead any more
     */
    public EpochWatch(LeaderTerm term, RaftGroup group, TlsContexts tls, EventLoopGroup loops, Runnable superseded) {
        this.term = term;
        this.group = group;
        this.tls = tls;
        this.loops = loops;
        this.superseded = superseded;
    }

    /** Begins; ends with the term. */
    public void begin() {
        term.fork("epoch-watch", this::watch);
    }

    private void watch() {
        try {
            do {
                if (term.states().current().nodes().values().stream().anyMatch(this::hasGoneOn)) {
                    superseded.run();
                    return;
                }
            } while (!term.awaitClosed(PAUSE));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean hasGoneOn(Node manager) {
        var status = manager.getManagerStatus();
        boolean heard = group.members().stream()
                .anyMatch(member -> member.id().equals(status.getRaftMemberId()) && member.reachable());
        if (status.getAddress().isEmpty() || heard) {
            return false;
        }
        var channel = ManagerChannel.open(status.getAddress(), tls.client(), loops);
        try {
            long theirs = MembershipGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)
                    .epoch(EpochRequest.getDefaultInstance())
                    .getEpoch();
            long own = term.states().current().epoch();
            if (Long.compareUnsigned(theirs, own) > 0) {
                say(
                        manager,
                        "is in epoch " + Long.toUnsignedString(theirs) + ", this one in " + Long.toUnsignedString(own));
                return true;
            }
        } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
                say(manager, "has removed this node");
                return true;
            }
        } finally {
            channel.shutdownNow();
        }
        return false;
    }

    private static void say(Node manager, String how) {
        LOG.log(
                WARNING,
                "the cluster has gone on without this manager: {0} at {1} {2}",
                manager.getId(),
                manager.getManagerStatus().getAddress(),
                how);
    }
}
