package dev.muster.worker.task;

import dev.muster.api.ContainerSpec;
import dev.muster.api.Mount;
import dev.muster.worker.image.ImageService;
import dev.muster.worker.runtime.ContainerMount;
import dev.muster.worker.runtime.ImageHandle;
import dev.muster.worker.volume.LocalVolumes;
import dev.muster.worker.volume.VolumeFiller;
import dev.muster.worker.volume.VolumeRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Turns a spec's mounts into what the runtime mounts. */
final class TaskMounts {
    private final LocalVolumes volumes;
    private final ImageService images;

    TaskMounts(LocalVolumes volumes, ImageService images) {
        this.volumes = volumes;
        this.images = images;
    }

    /** The spec with an anonymous volume for each path where the image wants one and nothing else is mounted. Pure. */
    static ContainerSpec withImageVolumes(ContainerSpec spec, ImageHandle image) {
        var targets = new TreeSet<String>();
        spec.getMountsList().forEach(mount -> targets.add(clean(mount.getTarget())));
        var all = spec.toBuilder();
        for (var target : new TreeSet<>(image.config().volumes())) {
            if (targets.add(clean(target))) {
                all.addMounts(Mount.newBuilder().setType(Mount.Type.VOLUME).setTarget(target));
            }
        }
        return all.build();
    }

    /** In the spec's order. Volumes are made, mounted and filled as a side effect. */
    List<ContainerMount> resolve(String taskId, ContainerSpec spec, ImageHandle image) {
        var mounts = new ArrayList<ContainerMount>();
        for (var mount : spec.getMountsList()) {
            mounts.add(resolve(taskId, mount, image));
        }
        return mounts;
    }

    private ContainerMount resolve(String taskId, Mount mount, ImageHandle image) {
        if (!mount.getTarget().startsWith("/")) {
            throw TaskFailure.fatal(
                    "invalid mount target, must be an absolute path in the container: " + mount.getTarget());
        }
        return switch (mount.getType()) {
            case BIND -> bind(mount);
            case VOLUME -> volume(taskId, mount, image);
            case TMPFS ->
                new ContainerMount.Tmpfs(
                        mount.getTarget(),
                        mount.getTmpfs().getSizeBytes(),
                        mount.getTmpfs().getMode(),
                        mount.getTmpfs().getOptionsList(),
                        mount.getReadOnly());
            case NPIPE -> throw TaskFailure.fatal("mounts of type npipe are for Windows: " + mount.getTarget());
            case CLUSTER ->
                throw TaskFailure.fatal("cluster volumes (CSI) are not supported yet: " + mount.getSource());
            case IMAGE -> throw TaskFailure.fatal("mounts of type image are not supported yet: " + mount.getSource());
            case UNRECOGNIZED -> throw TaskFailure.fatal("unknown type of mount for " + mount.getTarget());
        };
    }

    private static ContainerMount bind(Mount mount) {
        var source = Path.of(mount.getSource());
        if (!source.isAbsolute()) {
            throw TaskFailure.fatal("invalid bind mount source, must be an absolute path: " + mount.getSource());
        }
        if (!Files.exists(source)) {
            if (!mount.getBind().getCreateMountpoint()) {
                throw TaskFailure.fatal("invalid bind mount source, source path not found: " + mount.getSource());
            }
            try {
                Files.createDirectories(source);
            } catch (IOException e) {
                throw TaskFailure.fatal("could not make bind mount source " + source + ": " + e.getMessage());
            }
        }
        if (mount.getBind().getReadOnlyForceRecursive()) {
            throw TaskFailure.fatal("bind option read-only-force-recursive is not supported yet: " + mount.getTarget());
        }
        return new ContainerMount.Bind(
                source,
                mount.getTarget(),
                mount.getReadOnly(),
                !mount.getBind().getNonRecursive(),
                ContainerMount.Propagation.parse(mount.getBind().getPropagation()));
    }

    private ContainerMount volume(String taskId, Mount mount, ImageHandle image) {
        var options = mount.getVolume();
        var request = mount.getSource().isEmpty()
                ? anonymous(taskId, mount.getTarget(), options.getLabelsMap())
                : new VolumeRequest(
                        mount.getSource(),
                        options.getDriver().getName(),
                        options.getDriver().getOptionsMap(),
                        options.getLabelsMap(),
                        false);
        boolean copies = !options.getNoCopy() && options.getSubpath().isEmpty();
        var volume = volumes.use(taskId, request, copies ? filler(image, mount.getTarget()) : VolumeFiller.none());
        var source = options.getSubpath().isEmpty()
                ? volume.mountpoint()
                : subpath(volume.name(), volume.mountpoint(), options.getSubpath());
        return ContainerMount.Bind.of(source, mount.getTarget(), mount.getReadOnly());
    }

    /** Links inside the volume must not lead out of it. */
    private static Path subpath(String volume, Path content, String subpath) {
        try {
            var root = content.toRealPath();
            var path = root.resolve(subpath).toRealPath();
            if (!path.startsWith(root)) {
                throw TaskFailure.fatal("subpath " + subpath + " leads out of volume " + volume);
            }
            return path;
        } catch (IOException e) {
            throw TaskFailure.fatal("cannot access subpath " + subpath + " of volume " + volume
                    + ": it must exist there (" + e.getMessage() + ")");
        }
    }

    private static VolumeRequest anonymous(String taskId, String target, Map<String, String> labels) {
        return new VolumeRequest(TaskNames.anonymousVolume(taskId, target), "", Map.of(), labels, true);
    }

    private VolumeFiller filler(ImageHandle image, String target) {
        return directory -> images.copyDirectory(image, target, directory);
    }

    /** Names of the volumes that a task of this spec, with its image's volumes, uses: for adoption. */
    static List<String> volumeNames(String taskId, ContainerSpec spec) {
        var names = new ArrayList<String>();
        for (var mount : spec.getMountsList()) {
            if (mount.getType() == Mount.Type.VOLUME) {
                names.add(
                        mount.getSource().isEmpty()
                                ? TaskNames.anonymousVolume(taskId, mount.getTarget())
                                : mount.getSource());
            }
        }
        return names;
    }

    private static String clean(String target) {
        return Path.of(target).normalize().toString();
    }
}
