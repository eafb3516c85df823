package dev.muster.worker.runtime.containerd;

import com.google.protobuf.Empty;
import dev.muster.containerd.containers.ContainersGrpc;
import dev.muster.containerd.content.ContentGrpc;
import dev.muster.containerd.diff.DiffGrpc;
import dev.muster.containerd.events.EventsGrpc;
import dev.muster.containerd.images.ImagesGrpc;
import dev.muster.containerd.leases.LeasesGrpc;
import dev.muster.containerd.snapshots.SnapshotsGrpc;
import dev.muster.containerd.tasks.TasksGrpc;
import dev.muster.containerd.version.VersionGrpc;
import dev.muster.worker.runtime.RuntimeFailure;
import dev.muster.worker.runtime.RuntimeFailure.Kind;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * One connection to containerd, in one of its namespaces. Thread safe. Every unary call has a deadline: containerd 1.6
 * may never answer when a shim died. The connection comes back by itself when containerd does.
 */
public final class ContainerdClient implements AutoCloseable {

    /** Long enough for any single call on a busy machine, short enough that nothing waits for ever. */
    public static final Duration CALL_DEADLINE = Duration.ofSeconds(60);

    private static final Metadata.Key<String> NAMESPACE =
            Metadata.Key.of("containerd-namespace", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> LEASE =
            Metadata.Key.of("containerd-lease", Metadata.ASCII_STRING_MARSHALLER);

    /** A listing holds every container's spec, some 15 KB each: room for thousands. */
    private static final int MESSAGE_LIMIT_BYTES = 64 << 20;

    private final EventLoopGroup eventLoop;
    private final ManagedChannel channel;
    private final String namespace;

    private ContainerdClient(EventLoopGroup eventLoop, ManagedChannel channel, String namespace) {
        this.eventLoop = eventLoop;
        this.channel = channel;
        this.namespace = namespace;
    }

    /** Does not wait for containerd to be there: the first call finds out. */
    public static ContainerdClient connect(Path socket, String namespace) {
        EventLoopGroup eventLoop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        Executor callbacks = task -> Thread.ofVirtual().name("containerd-call").start(task);
        ManagedChannel channel = NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
                .eventLoopGroup(eventLoop)
                .channelType(EpollDomainSocketChannel.class)
                .executor(callbacks)
                // Takes back what gRPC sets for every socket: unix sockets do not have it, and Netty would warn each
                // time.
                .withOption(ChannelOption.SO_KEEPALIVE, null)
                .usePlaintext()
                .overrideAuthority("localhost")
                .maxInboundMessageSize(MESSAGE_LIMIT_BYTES)
                .build();
        return new ContainerdClient(eventLoop, channel, namespace);
    }

    public String namespace() {
        return namespace;
    }

    TasksGrpc.TasksBlockingStub tasks() {
        return bounded(TasksGrpc.newBlockingStub(channel), CALL_DEADLINE);
    }

    ContainersGrpc.ContainersBlockingStub containers() {
        return bounded(ContainersGrpc.newBlockingStub(channel), CALL_DEADLINE);
    }

    public SnapshotsGrpc.SnapshotsBlockingStub snapshots() {
        return bounded(SnapshotsGrpc.newBlockingStub(channel), CALL_DEADLINE);
    }

    public ImagesGrpc.ImagesBlockingStub images() {
        return bounded(ImagesGrpc.newBlockingStub(channel), CALL_DEADLINE);
    }

    public LeasesGrpc.LeasesBlockingStub leases() {
        return bounded(LeasesGrpc.newBlockingStub(channel), CALL_DEADLINE);
    }

    public ContentGrpc.ContentBlockingStub content() {
        return bounded(ContentGrpc.newBlockingStub(channel), CALL_DEADLINE);
    }

    /** For writing blobs; the caller bounds the stream's time. */
    public ContentGrpc.ContentStub contentWriter(Duration atMost) {
        return bounded(ContentGrpc.newStub(channel), atMost);
    }

    public DiffGrpc.DiffBlockingStub diff(Duration atMost) {
        return bounded(DiffGrpc.newBlockingStub(channel), atMost);
    }

    /** Without a deadline: the subscription lasts as long as the connection. */
    EventsGrpc.EventsBlockingStub events() {
        return EventsGrpc.newBlockingStub(channel).withInterceptors(header(NAMESPACE, namespace));
    }

    /** The same stub, whose calls protect what they make by a lease. */
    public static <S extends AbstractStub<S>> S leased(S stub, String leaseId) {
        return stub.withInterceptors(header(LEASE, leaseId));
    }

    private <S extends AbstractStub<S>> S bounded(S stub, Duration deadline) {
        return stub.withInterceptors(header(NAMESPACE, namespace))
                .withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS);
    }

    private static io.grpc.ClientInterceptor header(Metadata.Key<String> key, String value) {
        Metadata headers = new Metadata();
        headers.put(key, value);
        return MetadataUtils.newAttachHeadersInterceptor(headers);
    }

    /** containerd's version, if it answers within the time. */
    public String version(Duration atMost) {
        return call("ask containerd for its version", () -> {
            channel.resetConnectBackoff();
            return bounded(VersionGrpc.newBlockingStub(channel), atMost)
                    .version(Empty.getDefaultInstance())
                    .getVersion();
        });
    }

    /** Makes a call, and turns gRPC's failures into the boundary's; {@code what} completes "cannot …". */
    public <T> T call(String what, Supplier<T> call) {
        try {
            return call.get();
        } catch (StatusRuntimeException e) {
            throw failure(what, e);
        }
    }

    /** Like {@link #call}, for what is to be gone: NOT_FOUND is as good as done. False if it was gone already. */
    public boolean callUnlessGone(String what, Supplier<?> call) {
        try {
            var _ = call.get();
            return true;
        } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
                return false;
            }
            throw failure(what, e);
        }
    }

    /** Translates a failed call. */
    public RuntimeFailure failure(String what, StatusRuntimeException e) {
        Status status = e.getStatus();
        String reason = status.getDescription() == null ? status.getCode().name() : status.getDescription();
        if (status.getCode() == Status.Code.UNAVAILABLE) {
            channel.resetConnectBackoff();
        }
        return switch (status.getCode()) {
            case NOT_FOUND -> new RuntimeFailure(Kind.NOT_FOUND, "cannot " + what + ": " + reason, e);
            case ALREADY_EXISTS -> new RuntimeFailure(Kind.ALREADY_EXISTS, "cannot " + what + ": " + reason, e);
            case INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE ->
                new RuntimeFailure(Kind.INVALID, "cannot " + what + ": " + reason, e);
            case UNIMPLEMENTED -> new RuntimeFailure(Kind.UNSUPPORTED, "cannot " + what + ": " + reason, e);
            case UNAVAILABLE, CANCELLED, ABORTED ->
                new RuntimeFailure(Kind.UNAVAILABLE, "cannot " + what + ": containerd does not answer: " + reason, e);
            case DEADLINE_EXCEEDED ->
                new RuntimeFailure(Kind.TIMEOUT, "cannot " + what + ": containerd did not answer in time", e);
            default -> new RuntimeFailure(Kind.INTERNAL, "cannot " + what + ": " + reason, e);
        };
    }

    /** Tries the connection again at once, without waiting for its turn. */
    void reconnect() {
        channel.resetConnectBackoff();
    }

    @Override
    public void close() {
        channel.shutdownNow();
        // Its threads end soon; nothing is left that could fail.
        var _ = eventLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
