package dev.muster.manager.control;

import com.google.protobuf.Duration;
import dev.muster.api.ConfigReference;
import dev.muster.api.ContainerSpec;
import dev.muster.api.Durations;
import dev.muster.api.FileTarget;
import dev.muster.api.HealthConfig;
import dev.muster.api.Mount;
import dev.muster.api.SecretReference;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Whether a container spec makes sense by itself, in swarm's words. Pure. */
final class ContainerSpecCheck {
    private static final java.time.Duration SHORTEST_HEALTH_TIME = java.time.Duration.ofMillis(1);
    private static final Set<String> PROPAGATIONS =
            Set.of("", "private", "rprivate", "shared", "rshared", "slave", "rslave");

    private ContainerSpecCheck() {}

    static void check(ContainerSpec container) {
        if (container.getImage().isEmpty()) {
            throw ControlFailure.invalid("ContainerSpec: image reference must be provided");
        }
        if (!ImageNames.valid(container.getImage())) {
            throw ControlFailure.invalid(
                    "ContainerSpec: \"" + container.getImage() + "\" is not a valid repository/tag");
        }
        mounts(container.getMountsList());
        if (container.hasHealthcheck()) {
            health(container.getHealthcheck());
        }
        if (Durations.duration(container.getStopGracePeriod()).isNegative()) {
            throw ControlFailure.invalid("ContainerSpec: stop grace period cannot be negative");
        }
        if (!container.getIsolation().isEmpty() && !container.getIsolation().equals("default")) {
            throw ControlFailure.invalid(
                    "ContainerSpec: isolation \"" + container.getIsolation() + "\" is for Windows containers only");
        }
        if (container.getPrivileges().hasCredentialSpec()) {
            throw ControlFailure.notYet("credential specs");
        }
    }

    private static void mounts(List<Mount> mounts) {
        var targets = new HashSet<String>();
        for (var mount : mounts) {
            mount(mount);
            if (!targets.add(mount.getTarget())) {
                throw ControlFailure.invalid("ContainerSpec: duplicate mount point: " + mount.getTarget());
            }
        }
    }

    private static void mount(Mount mount) {
        if (!mount.getTarget().startsWith("/") || mount.getTarget().equals("/")) {
            throw ControlFailure.invalid(
                    "invalid mount target, must be an absolute path below /: " + mount.getTarget());
        }
        switch (mount.getType()) {
            case BIND -> {
                if (!mount.getSource().startsWith("/")) {
                    throw ControlFailure.invalid(
                            "invalid bind mount source, must be an absolute path: " + mount.getSource());
                }
                if (!PROPAGATIONS.contains(mount.getBind().getPropagation())) {
                    throw ControlFailure.invalid("invalid bind mount propagation: \""
                            + mount.getBind().getPropagation() + "\"");
                }
            }
            case TMPFS -> {
                if (!mount.getSource().isEmpty()) {
                    throw ControlFailure.invalid("invalid tmpfs source, source must be empty");
                }
            }
            case VOLUME -> {}
            case NPIPE -> throw ControlFailure.invalid("mounts of type npipe are for Windows containers only");
            case CLUSTER -> throw ControlFailure.notYet("mounts of type cluster");
            case IMAGE -> throw ControlFailure.notYet("mounts of type image");
            case UNRECOGNIZED -> throw ControlFailure.invalid("unknown type of mount at " + mount.getTarget());
        }
    }

    private static void health(HealthConfig health) {
        notTooShort(health.getInterval(), "Interval");
        notTooShort(health.getTimeout(), "Timeout");
        notTooShort(health.getStartPeriod(), "StartPeriod");
        notTooShort(health.getStartInterval(), "StartInterval");
        if (health.getRetries() < 0) {
            throw ControlFailure.invalid("ContainerSpec: Retries in HealthConfig cannot be negative");
        }
    }

    private static void notTooShort(Duration duration, String what) {
        var value = Durations.duration(duration);
        if (!value.isZero() && value.compareTo(SHORTEST_HEALTH_TIME) < 0) {
            throw ControlFailure.invalid("ContainerSpec: " + what + " in HealthConfig cannot be less than 1ms");
        }
    }

    /** For references whose ids and names are filled in. */
    static void secrets(List<SecretReference> references) {
        Map<String, String> targets = new HashMap<>();
        for (var reference : references) {
            if (reference.getSecretId().isEmpty() || reference.getSecretName().isEmpty()) {
                throw ControlFailure.invalid("malformed secret reference");
            }
            if (!reference.hasFile()) {
                throw ControlFailure.invalid("malformed secret reference, no target provided");
            }
            target("secret", reference.getFile(), reference.getSecretName(), targets);
        }
    }

    /** For references whose ids and names are filled in. */
    static void configs(List<ConfigReference> references) {
        Map<String, String> targets = new HashMap<>();
        for (var reference : references) {
            if (reference.getConfigId().isEmpty() || reference.getConfigName().isEmpty()) {
                throw ControlFailure.invalid("malformed config reference");
            }
            if (!reference.hasFile()) {
                throw ControlFailure.invalid("malformed config reference, no target provided");
            }
            target("config", reference.getFile(), reference.getConfigName(), targets);
        }
    }

    private static void target(String kind, FileTarget file, String name, Map<String, String> targets) {
        var path = file.getName();
        if (path.isEmpty()
                || path.endsWith("/")
                || Arrays.asList(path.split("/")).contains("..")) {
            throw ControlFailure.invalid("malformed file " + kind + " reference, invalid target file name provided");
        }
        var other = targets.putIfAbsent(path, name);
        if (other != null) {
            throw ControlFailure.invalid(
                    kind + " references '" + other + "' and '" + name + "' have a conflicting target: '" + path + "'");
        }
    }
}
