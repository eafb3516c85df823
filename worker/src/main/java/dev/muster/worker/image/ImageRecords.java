package dev.muster.worker.image;

import com.google.protobuf.FieldMask;
import dev.muster.containerd.images.CreateImageRequest;
import dev.muster.containerd.images.DeleteImageRequest;
import dev.muster.containerd.images.GetImageRequest;
import dev.muster.containerd.images.Image;
import dev.muster.containerd.images.ListImagesRequest;
import dev.muster.containerd.images.UpdateImageRequest;
import dev.muster.containerd.leases.CreateRequest;
import dev.muster.containerd.leases.DeleteRequest;
import dev.muster.containerd.types.Descriptor;
import dev.muster.worker.runtime.RuntimeFailure;
import dev.muster.worker.runtime.containerd.ContainerdClient;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** The names of images in containerd, which keep what they name, and the leases that do so during a pull. */
final class ImageRecords {

    /** When somebody last wanted the image; the collector goes by it. */
    static final String LAST_USED = "dev.muster.last-used";

    /** A pull that takes longer, or whose process was killed, loses its protection. */
    private static final Duration LEASE = Duration.ofHours(24);

    private final ContainerdClient client;
    private final InstantSource clock;
    private final RandomGenerator random;

    ImageRecords(ContainerdClient client, InstantSource clock, RandomGenerator random) {
        this.client = client;
        this.clock = clock;
        this.random = random;
    }

    Instant now() {
        return clock.instant();
    }

    String openLease() {
        String id = "muster-pull-" + HexFormat.of().toHexDigits(random.nextLong());
        client.call(
                "open a lease",
                () -> client.leases()
                        .create(CreateRequest.newBuilder()
                                .setId(id)
                                .putLabels(
                                        "containerd.io/gc.expire",
                                        now().plus(LEASE).toString())
                                .build()));
        return id;
    }

    void closeLease(String id) {
        client.callUnlessGone(
                "close a lease",
                () -> client.leases()
                        .delete(DeleteRequest.newBuilder().setId(id).build()));
    }

    Optional<String> digestOf(String name) {
        return get(name).map(each -> each.getTarget().getDigest());
    }

    private Optional<Image> get(String name) {
        try {
            return Optional.of(client.images()
                    .get(GetImageRequest.newBuilder().setName(name).build())
                    .getImage());
        } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
                return Optional.empty();
            }
            throw client.failure("find image " + name, e);
        }
    }

    /** Makes a name stand for what another name of the same digest stands for; nothing if it does already. */
    void name(String name, String digest) {
        Optional<Image> known = get(name);
        if (known.filter(each -> each.getTarget().getDigest().equals(digest)).isPresent()) {
            touch(name);
            return;
        }
        String canonical = name.indexOf('@') >= 0 ? name : name.substring(0, name.lastIndexOf(':')) + "@" + digest;
        Optional<Image> target = get(canonical);
        if (target.isPresent()) {
            put(name, target.get().getTarget());
        }
    }

    void create(String name, String mediaType, String digest, long size) {
        put(
                name,
                Descriptor.newBuilder()
                        .setMediaType(mediaType)
                        .setDigest(digest)
                        .setSize(size)
                        .build());
    }

    private void put(String name, Descriptor target) {
        Image image = Image.newBuilder()
                .setName(name)
                .setTarget(target)
                .putLabels(LAST_USED, now().toString())
                .build();
        try {
            client.call(
                    "name image " + name,
                    () -> client.images()
                            .create(CreateImageRequest.newBuilder()
                                    .setImage(image)
                                    .build()));
        } catch (RuntimeFailure e) {
            if (e.kind() != RuntimeFailure.Kind.ALREADY_EXISTS) {
                throw e;
            }
            client.call(
                    "name image " + name,
                    () -> client.images()
                            .update(UpdateImageRequest.newBuilder()
                                    .setImage(image)
                                    .build()));
        }
    }

    /** Notes that the image is wanted now. */
    void touch(String name) {
        Image image = Image.newBuilder()
                .setName(name)
                .putLabels(LAST_USED, now().toString())
                .build();
        client.callUnlessGone(
                "note the use of image " + name,
                () -> client.images()
                        .update(UpdateImageRequest.newBuilder()
                                .setImage(image)
                                .setUpdateMask(FieldMask.newBuilder().addPaths("labels." + LAST_USED))
                                .build()));
    }

    List<Image> all() {
        return client.call(
                "list images",
                () -> client.images()
                        .list(ListImagesRequest.getDefaultInstance())
                        .getImagesList());
    }

    /** @param collect wait until what the name kept is gone from disk */
    void remove(String name, boolean collect) {
        client.callUnlessGone(
                "remove image " + name,
                () -> client.images()
                        .delete(DeleteImageRequest.newBuilder()
                                .setName(name)
                                .setSync(collect)
                                .build()));
    }
}
