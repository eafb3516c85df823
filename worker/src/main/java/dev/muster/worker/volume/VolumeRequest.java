package dev.muster.worker.volume;

import java.util.Map;
import java.util.regex.Pattern;

/**
 * A volume that somebody wants, made if it is missing.
 *
 * @param driver empty or "local"
 * @param options of the driver; empty: as the volume has them, if it exists
 */
public record VolumeRequest(
        String name, String driver, Map<String, String> options, Map<String, String> labels, boolean anonymous) {
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{1,254}");

    /** Throws {@link VolumeFailure} if no volume can be like that. */
    public VolumeRequest {
        options = Map.copyOf(options);
        labels = Map.copyOf(labels);
        if (!NAME.matcher(name).matches()) {
            throw new VolumeFailure(
                    VolumeFailure.Kind.INVALID,
                    "create " + name + ": \"" + name + "\" includes invalid characters for a local volume name, only"
                            + " \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to"
                            + " pass a host directory, use absolute path");
        }
        if (!driver.isEmpty() && !driver.equals(Volume.DRIVER)) {
            throw new VolumeFailure(
                    VolumeFailure.Kind.UNSUPPORTED,
                    "volume driver \"" + driver + "\" of volume " + name + " is not supported yet: only local is");
        }
        MountOptions.check(name, options);
    }
}
