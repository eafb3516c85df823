package dev.muster.manager.membership;

import dev.muster.api.KeepDataKeysRequest;
import dev.muster.api.KeepDataKeysResponse;
import dev.muster.api.MembershipGrpc;
import dev.muster.pki.ManagerChannel;
import dev.muster.pki.TlsContexts;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.netty.channel.EventLoopGroup;
import java.util.concurrent.TimeUnit;

/** Brings data keys to other managers. Any thread; blocks for seconds at most. */
public final class KeyCourier implements DataKeyDuty.Courier {
    private static final long CALL_SECONDS = 5;

    private final TlsContexts tls;
    private final EventLoopGroup loops;

    public KeyCourier(TlsContexts tls, EventLoopGroup loops) {
        this.tls = tls;
        this.loops = loops;
    }

    @Override
    public KeepDataKeysResponse bring(String address, KeepDataKeysRequest request) {
        var channel = ManagerChannel.open(address, tls.client(), loops);
        try {
            return MembershipGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)
                    .keepDataKeys(request);
        } catch (StatusRuntimeException e) {
            var status = Status.fromThrowable(e);
            throw new IllegalStateException(
                    "the manager at " + address + " does not take data keys: " + status.getCode() + " "
                            + status.getDescription(),
                    e);
        } finally {
            channel.shutdownNow();
        }
    }
}
