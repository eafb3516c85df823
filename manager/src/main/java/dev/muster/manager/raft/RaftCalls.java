package dev.muster.manager.raft;

import java.io.IOException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.server.RaftServer;

/** What is asked of Ratis in this process, without a client of its own. Any thread. */
final class RaftCalls {
    private final RaftServer server;
    private final RaftGroupId group;
    private final ClientId clientId;
    private final AtomicLong calls = new AtomicLong();

    /**
     * @param random names this start of the member among all others
     */
    RaftCalls(RaftServer server, RaftGroupId group, RandomGenerator random) {
        this.server = server;
        this.group = group;
        // Unlike any other's, in any start: Ratis takes a repeated pair of client and call for a repeated request.
        this.clientId = ClientId.valueOf(new UUID(random.nextLong(), random.nextLong()));
    }

    CompletableFuture<RaftClientReply> write(Message message) {
        return request(RaftClientRequest.writeRequestType(), message);
    }

    /** Returns when this member has applied all that was committed before the call. */
    void read(Duration timeout) {
        await(request(RaftClientRequest.readRequestType(), Message.EMPTY), timeout);
    }

    void transferLeadership(RaftPeerId to, Duration timeout) {
        var request = new TransferLeadershipRequest(
                clientId, server.getId(), group, calls.incrementAndGet(), to, timeout.toMillis());
        await(submit(() -> server.transferLeadershipAsync(request)), timeout.multipliedBy(2));
    }

    void setConfiguration(SetConfigurationRequest.Arguments arguments, Duration timeout) {
        var request = new SetConfigurationRequest(clientId, server.getId(), group, calls.incrementAndGet(), arguments);
        await(submit(() -> server.setConfigurationAsync(request)), timeout);
    }

    private CompletableFuture<RaftClientReply> request(RaftClientRequest.Type type, Message message) {
        return submit(() -> server.submitClientRequestAsync(RaftClientRequest.newBuilder()
                .setClientId(clientId)
                .setServerId(server.getId())
                .setGroupId(group)
                .setCallId(calls.incrementAndGet())
                .setType(type)
                .setMessage(message)
                .build()));
    }

    /** Ratis' calls that may fail before they are under way. */
    private interface Call {
        CompletableFuture<RaftClientReply> send() throws IOException;
    }

    private static CompletableFuture<RaftClientReply> submit(Call call) {
        try {
            return call.send();
        } catch (IOException | RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static void await(CompletableFuture<RaftClientReply> future, Duration timeout) {
        try {
            var reply = future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            if (!reply.isSuccess()) {
                throw new RaftException(reply.getException().getMessage(), reply.getException());
            }
        } catch (ExecutionException e) {
            throw new RaftException("Raft did not answer: " + e.getCause().getMessage(), e.getCause());
        } catch (TimeoutException e) {
            throw new RaftException("Raft did not answer within " + timeout, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RaftException("interrupted while waiting for Raft", e);
        }
    }
}
