package dev.muster.manager;

import dev.muster.api.JoinRaftRequest;
import dev.muster.api.JoinRaftResponse;
import dev.muster.api.MembershipGrpc;
import dev.muster.pki.ManagerChannel;
import dev.muster.pki.TlsContexts;
import io.grpc.StatusRuntimeException;
import io.netty.channel.EventLoopGroup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/** Asks the managers that are there for a place among them. Blocks. */
final class ManagerJoin {
    private static final long CALL_SECONDS = 5;
    private static final Duration PAUSE = Duration.ofMillis(250);

    private final TlsContexts tls;
    private final EventLoopGroup loops;
    private final LongSupplier nanoTime;

    ManagerJoin(TlsContexts tls, EventLoopGroup loops, LongSupplier nanoTime) {
        this.tls = tls;
        this.loops = loops;
        this.nanoTime = nanoTime;
    }

    /**
     * Managers are asked in turn until one lets this one in: one of them may not have heard yet that it may.
     *
     * @param managers HOST:PORT of each
     * @throws ManagerFailure if none did in time
     */
    JoinRaftResponse ask(List<String> managers, JoinRaftRequest request, Duration timeout) {
        if (managers.isEmpty()) {
            throw new ManagerFailure("no other manager is known that could let this one in");
        }
        long deadline = nanoTime.getAsLong() + timeout.toNanos();
        while (true) {
            var answers = new ArrayList<String>();
            for (var address : managers) {
                try {
                    return ask(address, request);
                } catch (StatusRuntimeException e) {
                    answers.add(address + ": " + e.getStatus().getCode() + " "
                            + (e.getStatus().getDescription() == null
                                    ? ""
                                    : e.getStatus().getDescription()));
                }
            }
            if (nanoTime.getAsLong() - deadline >= 0 || Thread.currentThread().isInterrupted()) {
                throw new ManagerFailure("no manager let this one in: " + String.join("; ", answers));
            }
            LockSupport.parkNanos(this, PAUSE.toNanos());
        }
    }

    private JoinRaftResponse ask(String address, JoinRaftRequest request) {
        var channel = ManagerChannel.open(address, tls.client(), loops);
        try {
            return MembershipGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)
                    .joinRaft(request);
        } finally {
            channel.shutdownNow();
        }
    }
}
