package dev.muster.cli.value;

import dev.muster.api.BindOptions;
import dev.muster.api.Driver;
import dev.muster.api.Mount;
import dev.muster.api.TmpfsOptions;
import dev.muster.api.VolumeOptions;
import dev.muster.stack.grammar.ByteSize;
import dev.muster.stack.grammar.SyntaxFailure;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** {@code --mount type=volume,source=NAME,target=PATH,…}. One use per value. */
public final class MountOption {

    private static final Set<String> PROPAGATIONS =
            Set.of("private", "rprivate", "shared", "rshared", "slave", "rslave");

    private final Mount.Builder mount = Mount.newBuilder().setType(Mount.Type.VOLUME);
    private final BindOptions.Builder bind = BindOptions.newBuilder();
    private final VolumeOptions.Builder volume = VolumeOptions.newBuilder();
    private final Driver.Builder driver = Driver.newBuilder();
    private final TmpfsOptions.Builder tmpfs = TmpfsOptions.newBuilder();
    private boolean saysBind;
    private boolean saysVolume;
    private boolean saysDriver;
    private boolean saysTmpfs;

    private MountOption() {}

    public static Mount parse(String text) {
        var option = new MountOption();
        Csv.fields(text).forEach(option::put);
        return option.build();
    }

    private void put(Csv.Field field) {
        String value = field.value();
        if (!field.valued()) {
            switch (field.key()) {
                case "readonly", "ro" -> mount.setReadOnly(true);
                case "volume-nocopy" -> {
                    saysVolume = true;
                    volume.setNoCopy(true);
                }
                case "bind-nonrecursive" -> {
                    saysBind = true;
                    bind.setNonRecursive(true);
                }
                default -> throw new SyntaxFailure("invalid field '" + field.key() + "' must be a key=value pair");
            }
            return;
        }
        switch (field.key()) {
            case "type" -> mount.setType(type(value));
            case "source", "src" -> mount.setSource(value);
            case "target", "destination", "dst" -> mount.setTarget(value);
            case "readonly", "ro" -> mount.setReadOnly(bool(field));
            case "consistency" -> mount.setConsistency(value.toLowerCase(Locale.ROOT));
            case "image-subpath" -> mount.setImageSubpath(value);
            default -> putOption(field);
        }
    }

    private void putOption(Csv.Field field) {
        String key = field.key();
        if (key.startsWith("bind-")) {
            saysBind = true;
            putBind(field);
        } else if (key.startsWith("volume-")) {
            putVolume(field);
        } else if (key.equals("tmpfs-size")) {
            saysTmpfs = true;
            tmpfs.setSizeBytes(size(field));
        } else if (key.equals("tmpfs-mode")) {
            saysTmpfs = true;
            if (!field.value().matches("[0-7]{1,5}")) {
                throw invalid(field);
            }
            tmpfs.setMode(Integer.parseInt(field.value(), 8));
        } else {
            throw new SyntaxFailure("unexpected key '" + key + "' in '" + key + "=" + field.value() + "'");
        }
    }

    private void putBind(Csv.Field field) {
        switch (field.key()) {
            case "bind-propagation" -> {
                if (!PROPAGATIONS.contains(field.value().toLowerCase(Locale.ROOT))) {
                    throw invalid(field);
                }
                bind.setPropagation(field.value().toLowerCase(Locale.ROOT));
            }
            case "bind-nonrecursive" -> bind.setNonRecursive(bool(field));
            case "bind-create-src" -> bind.setCreateMountpoint(bool(field));
            case "bind-recursive" -> {
                switch (field.value()) {
                    case "enabled", "true", "1" -> bind.setNonRecursive(false);
                    case "disabled", "false", "0" -> bind.setNonRecursive(true);
                    case "writable" -> bind.setReadOnlyNonRecursive(true);
                    case "readonly" -> bind.setReadOnlyForceRecursive(true);
                    default ->
                        throw new SyntaxFailure("invalid value for bind-recursive: " + field.value()
                                + " (must be \"enabled\", \"disabled\", \"writable\", or \"readonly\")");
                }
            }
            default -> throw new SyntaxFailure("unexpected key '" + field.key() + "'");
        }
    }

    private void putVolume(Csv.Field field) {
        saysVolume = true;
        String value = field.value();
        int equals = value.indexOf('=');
        String key = equals < 0 ? value : value.substring(0, equals);
        String right = equals < 0 ? "" : value.substring(equals + 1);
        switch (field.key()) {
            case "volume-nocopy" -> volume.setNoCopy(bool(field));
            case "volume-subpath" -> volume.setSubpath(value);
            case "volume-label" -> volume.putLabels(key, right);
            case "volume-driver" -> {
                saysDriver = true;
                driver.setName(value);
            }
            case "volume-opt" -> {
                saysDriver = true;
                driver.putOptions(key, right);
            }
            default -> throw new SyntaxFailure("unexpected key '" + field.key() + "'");
        }
    }

    private static Mount.Type type(String word) {
        return switch (word.toLowerCase(Locale.ROOT)) {
            case "bind" -> Mount.Type.BIND;
            case "volume" -> Mount.Type.VOLUME;
            case "tmpfs" -> Mount.Type.TMPFS;
            case "npipe" -> Mount.Type.NPIPE;
            case "cluster" -> Mount.Type.CLUSTER;
            case "image" -> Mount.Type.IMAGE;
            default ->
                throw new SyntaxFailure(
                        "invalid mount type \"" + word + "\": expected bind, volume, tmpfs, npipe, image or cluster");
        };
    }

    private static boolean bool(Csv.Field field) {
        return switch (field.value()) {
            case "1", "t", "T", "true", "TRUE", "True" -> true;
            case "0", "f", "F", "false", "FALSE", "False" -> false;
            default -> throw invalid(field);
        };
    }

    private static long size(Csv.Field field) {
        try {
            return ByteSize.parse(field.value());
        } catch (SyntaxFailure _) {
            throw invalid(field);
        }
    }

    private static SyntaxFailure invalid(Csv.Field field) {
        return new SyntaxFailure("invalid value for " + field.key() + ": " + field.value());
    }

    private Mount build() {
        if (mount.getTarget().isEmpty()) {
            throw new SyntaxFailure("target is required");
        }
        String type = mount.getType().name().toLowerCase(Locale.ROOT);
        refuseMix("bind", saysBind, type, List.of("bind"));
        refuseMix("volume", saysVolume, type, List.of("volume", "cluster"));
        refuseMix("tmpfs", saysTmpfs, type, List.of("tmpfs"));
        refuseMix("image", !mount.getImageSubpath().isEmpty(), type, List.of("image"));
        if (saysBind) {
            mount.setBind(bind);
        }
        if (saysDriver) {
            volume.setDriver(driver);
        }
        if (saysVolume) {
            mount.setVolume(volume);
        }
        if (saysTmpfs) {
            mount.setTmpfs(tmpfs);
        }
        return mount.build();
    }

    private static void refuseMix(String prefix, boolean said, String type, List<String> fitting) {
        if (said && !fitting.contains(type)) {
            throw new SyntaxFailure("cannot mix '" + prefix + "-*' options with mount type '" + type + "'");
        }
    }
}
