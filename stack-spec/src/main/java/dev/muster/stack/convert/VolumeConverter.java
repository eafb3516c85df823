package dev.muster.stack.convert;

import dev.muster.api.BindOptions;
import dev.muster.api.Mount;
import dev.muster.api.TmpfsOptions;
import dev.muster.api.VolumeOptions;
import dev.muster.stack.document.Problems;
import dev.muster.stack.document.Value;
import java.util.List;
import java.util.Optional;

/** A service's volumes in the long form to mounts; named ones are looked up among the stack's volumes. */
final class VolumeConverter {

    private static final List<String> KINDS = List.of("bind", "volume", "tmpfs");

    private final Namespace namespace;
    private final Value.Mapping volumes;
    private final Problems problems;

    VolumeConverter(Namespace namespace, Value.Mapping volumes, Problems problems) {
        this.namespace = namespace;
        this.volumes = volumes;
        this.problems = problems;
    }

    /** Nothing, and a problem, if the volume is wrong. */
    Optional<Mount> mount(String service, Value.Mapping volume) {
        String type = volume.text("type");
        Mount.Builder mount = Mount.newBuilder()
                .setTarget(volume.text("target"))
                .setReadOnly(volume.flag("read_only"))
                .setConsistency(volume.text("consistency"));
        if (volume.text("target").isEmpty()) {
            return refuse(service, volume, "invalid volume: field Target must not be empty");
        }
        for (String kind : KINDS) {
            if (!kind.equals(type) && volume.find(kind).isPresent()) {
                return refuse(service, volume, kind + " options are incompatible with type " + type);
            }
        }
        String source = volume.text("source");
        return switch (type) {
            case "volume", "" -> named(service, volume, mount.setType(Mount.Type.VOLUME));
            case "bind" ->
                source.isEmpty()
                        ? refuse(service, volume, "invalid bind source, source cannot be empty")
                        : Optional.of(bind(volume, mount.setType(Mount.Type.BIND)));
            case "tmpfs" ->
                source.isEmpty()
                        ? Optional.of(tmpfs(volume, mount.setType(Mount.Type.TMPFS)))
                        : refuse(service, volume, "invalid tmpfs source, source must be empty");
            case "npipe", "cluster" ->
                source.isEmpty()
                        ? refuse(service, volume, "invalid " + type + " source, source cannot be empty")
                        : refuse(service, volume, "volumes of type " + type + " are not supported yet");
            default -> refuse(service, volume, "volume type must be volume, bind, tmpfs, npipe, or cluster");
        };
    }

    private Optional<Mount> refuse(String service, Value.Mapping volume, String message) {
        problems.add(volume.at(), "service " + service + ": " + message);
        return Optional.empty();
    }

    private static Mount bind(Value.Mapping volume, Mount.Builder mount) {
        volume.mapping("bind")
                .ifPresent(bind -> mount.setBind(BindOptions.newBuilder().setPropagation(bind.text("propagation"))));
        return mount.setSource(volume.text("source")).build();
    }

    private static Mount tmpfs(Value.Mapping volume, Mount.Builder mount) {
        volume.mapping("tmpfs")
                .flatMap(tmpfs -> tmpfs.scalar("size"))
                .flatMap(Value.Scalar::integer)
                .ifPresent(size -> mount.setTmpfs(TmpfsOptions.newBuilder().setSizeBytes(size)));
        return mount.build();
    }

    private Optional<Mount> named(String service, Value.Mapping volume, Mount.Builder mount) {
        String source = volume.text("source");
        VolumeOptions.Builder options = VolumeOptions.newBuilder();
        volume.mapping("volume")
                .ifPresent(own -> options.setNoCopy(own.flag("nocopy")).setSubpath(own.text("subpath")));
        if (source.isEmpty()) {
            return Optional.of(options.getNoCopy() ? mount.setVolume(options).build() : mount.build());
        }
        Value.Field field = volumes.fields().get(source);
        if (field == null) {
            problems.add(
                    volume.at(),
                    "service " + service + ": undefined volume \"" + source + "\"",
                    "name it in the top-level volumes section, or begin a path with ./");
            return Optional.empty();
        }
        Value.Mapping entry = (Value.Mapping) field.value();
        if (entry.find("x-cluster-spec").isPresent()) {
            problems.add(entry.keyAt("x-cluster-spec"), "volume " + source + ": cluster volumes are not supported yet");
        }
        mount.setSource(namespace.nameOf(source, entry));
        if (!entry.flag("external")) {
            options.putAllLabels(namespace.labels(entry));
            Namespace.driver(entry, "driver", "driver_opts").ifPresent(options::setDriver);
        }
        return Optional.of(mount.setVolume(options).build());
    }
}
