package dev.muster.worker.image;

import dev.muster.containerd.diff.ApplyRequest;
import dev.muster.containerd.snapshots.CommitSnapshotRequest;
import dev.muster.containerd.snapshots.PrepareSnapshotRequest;
import dev.muster.containerd.snapshots.RemoveSnapshotRequest;
import dev.muster.containerd.snapshots.StatSnapshotRequest;
import dev.muster.containerd.types.Mount;
import dev.muster.worker.image.ImageDocuments.Descriptor;
import dev.muster.worker.image.ImageFailure.Kind;
import dev.muster.worker.runtime.RuntimeFailure;
import dev.muster.worker.runtime.containerd.ContainerdClient;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The unpacked layers of images: one committed snapshot per chain of layers, shared by all images that begin with it.
 */
final class LayerStack {

    static final String SNAPSHOTTER = "overlayfs";
    private static final Duration UNPACK_LIMIT = Duration.ofMinutes(30);

    private final ContainerdClient client;
    private final RandomGenerator random;

    LayerStack(ContainerdClient client, RandomGenerator random) {
        this.client = client;
        this.random = random;
    }

    /** How many of the lowest layers are unpacked already. */
    int unpacked(List<String> diffIds) {
        for (int count = diffIds.size(); count > 0; count--) {
            if (has(Digests.chainId(diffIds, count))) {
                return count;
            }
        }
        return 0;
    }

    boolean has(String chainId) {
        try {
            client.snapshots()
                    .stat(StatSnapshotRequest.newBuilder()
                            .setSnapshotter(SNAPSHOTTER)
                            .setKey(chainId)
                            .build());
            return true;
        } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
                return false;
            }
            throw client.failure("look for file system " + chainId, e);
        }
    }

    /** Unpacks layer number {@code index} onto those below it. Somebody else's having done it meanwhile is success. */
    void unpack(Descriptor layer, List<String> diffIds, int index, String lease) {
        String chainId = Digests.chainId(diffIds, index + 1);
        String key = "unpack-" + HexFormat.of().toHexDigits(random.nextLong()) + "-" + chainId;
        try {
            List<Mount> mounts = ContainerdClient.leased(client.snapshots(), lease)
                    .prepare(PrepareSnapshotRequest.newBuilder()
                            .setSnapshotter(SNAPSHOTTER)
                            .setKey(key)
                            .setParent(index == 0 ? "" : Digests.chainId(diffIds, index))
                            .build())
                    .getMountsList();
            String applied = ContainerdClient.leased(client.diff(UNPACK_LIMIT), lease)
                    .apply(ApplyRequest.newBuilder()
                            .setDiff(dev.muster.containerd.types.Descriptor.newBuilder()
                                    .setMediaType(layer.mediaType())
                                    .setDigest(layer.digest())
                                    .setSize(layer.size()))
                            .addAllMounts(mounts)
                            .build())
                    .getApplied()
                    .getDigest();
            if (!applied.equals(diffIds.get(index))) {
                throw new ImageFailure(
                        Kind.CORRUPT,
                        "layer " + layer.digest() + " unpacks to " + applied + " and not to " + diffIds.get(index));
            }
            commit(key, chainId, lease);
        } catch (StatusRuntimeException e) {
            removeQuietly(key);
            throw client.failure("unpack layer " + layer.digest(), e);
        } catch (ImageFailure | RuntimeFailure e) {
            removeQuietly(key);
            throw e;
        }
    }

    private void commit(String key, String chainId, String lease) {
        try {
            ContainerdClient.leased(client.snapshots(), lease)
                    .commit(CommitSnapshotRequest.newBuilder()
                            .setSnapshotter(SNAPSHOTTER)
                            .setName(chainId)
                            .setKey(key)
                            .build());
        } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() != Status.Code.ALREADY_EXISTS) {
                throw client.failure("keep file system " + chainId, e);
            }
            removeQuietly(key);
        }
    }

    /** What cannot be removed now, the garbage collector removes when the lease is gone. */
    private void removeQuietly(String key) {
        try {
            client.callUnlessGone(
                    "remove file system " + key,
                    () -> client.snapshots()
                            .remove(RemoveSnapshotRequest.newBuilder()
                                    .setSnapshotter(SNAPSHOTTER)
                                    .setKey(key)
                                    .build()));
        } catch (RuntimeFailure e) {
            System.getLogger(LayerStack.class.getName()).log(System.Logger.Level.DEBUG, e.getMessage());
        }
    }
}
