package dev.muster.worker.runtime.containerd;

import dev.muster.containerd.snapshots.MountsRequest;
import dev.muster.containerd.types.Mount;
import dev.muster.worker.runtime.RuntimeFailure;
import dev.muster.worker.runtime.oci.ContainerUser;
import dev.muster.worker.runtime.oci.UserDatabase;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Whom an image's user names stand for. Thread safe; remembers the last images' answers, which never change. */
final class ImageUsers {

    private static final int REMEMBERED_IMAGES = 64;

    private final ContainerdClient client;
    private final Map<String, UserDatabase> byChainId = new LinkedHashMap<>(16, 0.75f, true);

    ImageUsers(ContainerdClient client) {
        this.client = client;
    }

    /** For a container that is being made from an unpacked image. */
    ContainerUser resolve(String chainId, List<Mount> mounts, String user, List<String> groups) {
        UserDatabase database;
        synchronized (byChainId) {
            database = byChainId.get(chainId);
        }
        if (database == null) {
            database = read(mounts);
            synchronized (byChainId) {
                byChainId.put(chainId, database);
                if (byChainId.size() > REMEMBERED_IMAGES) {
                    byChainId.remove(byChainId.keySet().iterator().next());
                }
            }
        }
        return database.resolve(user, groups);
    }

    /** For a command in a container, which may have changed its own files. */
    ContainerUser resolveInside(String containerId, String user) {
        List<Mount> mounts = client.call(
                "find the file system of container " + containerId,
                () -> client.snapshots()
                        .mounts(MountsRequest.newBuilder()
                                .setSnapshotter(ContainerdRuntime.SNAPSHOTTER)
                                .setKey(containerId)
                                .build())
                        .getMountsList());
        return read(mounts).resolve(user, List.of());
    }

    private static UserDatabase read(List<Mount> mounts) {
        RootFiles files = new RootFiles(mounts);
        try {
            return UserDatabase.parse(
                    files.text("/etc/passwd").orElse(""),
                    files.text("/etc/group").orElse(""));
        } catch (IOException e) {
            throw new RuntimeFailure(
                    RuntimeFailure.Kind.INTERNAL, "cannot read the image's users: " + e.getMessage(), e);
        }
    }
}
