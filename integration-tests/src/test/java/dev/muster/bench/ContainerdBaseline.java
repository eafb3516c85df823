package dev.muster.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.muster.containerd.containers.Container;
import dev.muster.containerd.containers.ContainersGrpc;
import dev.muster.containerd.containers.CreateContainerRequest;
import dev.muster.containerd.containers.DeleteContainerRequest;
import dev.muster.containerd.containers.ListContainersRequest;
import dev.muster.containerd.snapshots.PrepareSnapshotRequest;
import dev.muster.containerd.snapshots.RemoveSnapshotRequest;
import dev.muster.containerd.snapshots.SnapshotsGrpc;
import dev.muster.containerd.snapshots.StatSnapshotRequest;
import dev.muster.containerd.tasks.CreateTaskRequest;
import dev.muster.containerd.tasks.DeleteTaskRequest;
import dev.muster.containerd.tasks.KillRequest;
import dev.muster.containerd.tasks.StartRequest;
import dev.muster.containerd.tasks.TasksGrpc;
import dev.muster.containerd.tasks.WaitRequest;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What containerd itself takes to create and start containers, by nothing but its calls. The containers are copies of one that a
 * service runs: the same image, the same OCI spec but for the cgroup, the same network namespace.
 */
final class ContainerdBaseline implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final EventLoopGroup events = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final ManagedChannel channel;
    private final LongSupplier nanoClock;
    private int made;

    ContainerdBaseline(Path socket, LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        this.channel = NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
                .eventLoopGroup(events)
                .channelType(EpollDomainSocketChannel.class)
                .usePlaintext()
                .overrideAuthority("localhost")
                .build();
    }

    private <S extends AbstractStub<S>> S in(S stub) {
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of("containerd-namespace", Metadata.ASCII_STRING_MARSHALLER), "muster");
        return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                .withDeadlineAfter(60, TimeUnit.SECONDS);
    }

    private TasksGrpc.TasksBlockingStub tasks() {
        return in(TasksGrpc.newBlockingStub(channel));
    }

    private ContainersGrpc.ContainersBlockingStub containers() {
        return in(ContainersGrpc.newBlockingStub(channel));
    }

    private SnapshotsGrpc.SnapshotsBlockingStub snapshots() {
        return in(SnapshotsGrpc.newBlockingStub(channel));
    }

    /** Median seconds for each number of containers, all started at once. */
    Map<Integer, Double> measure(List<Integer> counts, int rounds) throws IOException, InterruptedException {
        Container model = containers().list(ListContainersRequest.getDefaultInstance()).getContainersList().stream()
                .findFirst()
                .orElseThrow(() -> new IOException("no container to copy: the model service does not run here"));
        String parent = snapshots()
                .stat(StatSnapshotRequest.newBuilder()
                        .setSnapshotter(model.getSnapshotter())
                        .setKey(model.getSnapshotKey())
                        .build())
                .getInfo()
                .getParent();
        Map<Integer, Double> medians = new TreeMap<>();
        for (int count : counts) {
            List<Double> seconds = new ArrayList<>();
            for (int round = 0; round <= rounds; round++) {
                double one = round(model, parent, count);
                if (round > 0) {
                    seconds.add(one);
                }
            }
            medians.put(count, seconds.stream().sorted().toList().get(seconds.size() / 2));
        }
        return medians;
    }

    private double round(Container model, String parent, int count) throws IOException, InterruptedException {
        List<Container> copies = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            copies.add(copy(model, "baseline-" + made++));
        }
        long begin = nanoClock.getAsLong();
        inParallel(copies, copy -> start(copy, parent));
        double seconds = (nanoClock.getAsLong() - begin) / 1e9;
        inParallel(copies, this::remove);
        return seconds;
    }

    private static Container copy(Container model, String id) throws IOException {
        ObjectNode spec = (ObjectNode) JSON.readTree(model.getSpec().getValue().toByteArray());
        ObjectNode linux = (ObjectNode) spec.get("linux");
        linux.put("cgroupsPath", linux.get("cgroupsPath").asText().replaceAll("[^/]*$", id));
        return model.toBuilder()
                .setId(id)
                .clearLabels()
                .setSnapshotKey(id)
                .setSpec(Any.newBuilder()
                        .setTypeUrl(model.getSpec().getTypeUrl())
                        .setValue(ByteString.copyFrom(JSON.writeValueAsBytes(spec))))
                .build();
    }

    private void start(Container copy, String parent) {
        var mounts = snapshots()
                .prepare(PrepareSnapshotRequest.newBuilder()
                        .setSnapshotter(copy.getSnapshotter())
                        .setKey(copy.getId())
                        .setParent(parent)
                        .putLabels("containerd.io/gc.root", "2020-01-01T00:00:00Z")
                        .build())
                .getMountsList();
        containers()
                .create(CreateContainerRequest.newBuilder().setContainer(copy).build());
        tasks().create(CreateTaskRequest.newBuilder()
                .setContainerId(copy.getId())
                .addAllRootfs(mounts)
                .build());
        tasks().start(StartRequest.newBuilder().setContainerId(copy.getId()).build());
    }

    private void remove(Container copy) {
        tasks().kill(KillRequest.newBuilder()
                .setContainerId(copy.getId())
                .setSignal(9)
                .build());
        tasks().wait(WaitRequest.newBuilder().setContainerId(copy.getId()).build());
        tasks().delete(DeleteTaskRequest.newBuilder()
                .setContainerId(copy.getId())
                .build());
        containers()
                .delete(DeleteContainerRequest.newBuilder().setId(copy.getId()).build());
        snapshots()
                .remove(RemoveSnapshotRequest.newBuilder()
                        .setSnapshotter(copy.getSnapshotter())
                        .setKey(copy.getId())
                        .build());
    }

    private static void inParallel(List<Container> copies, java.util.function.Consumer<Container> work)
            throws InterruptedException {
        List<Thread> threads = copies.stream()
                .map(copy -> Thread.ofVirtual().start(() -> work.accept(copy)))
                .toList();
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @Override
    public void close() {
        channel.shutdownNow();
        events.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
