package dev.muster.manager.http;

import com.google.protobuf.ByteString;
import dev.muster.api.BindOptions;
import dev.muster.api.ConfigReference;
import dev.muster.api.ContainerSpec;
import dev.muster.api.CredentialSpec;
import dev.muster.api.DnsConfig;
import dev.muster.api.FileTarget;
import dev.muster.api.HealthConfig;
import dev.muster.api.Mount;
import dev.muster.api.Privileges;
import dev.muster.api.SecretReference;
import dev.muster.api.SelinuxContext;
import dev.muster.api.TmpfsOptions;
import dev.muster.api.Ulimit;
import dev.muster.api.VolumeOptions;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;

/** The Docker form of a {@link ContainerSpec}. Registry credentials have no form: they are never shown. */
final class ContainerSpecJson {
    private ContainerSpecJson() {}

    static Json of(ContainerSpec spec) {
        Json json = Json.object()
                .some("Image", spec.getImage())
                .some("Labels", spec.getLabelsMap())
                .some("Command", spec.getCommandList())
                .some("Args", spec.getArgsList())
                .some("Hostname", spec.getHostname())
                .some("Env", spec.getEnvList())
                .some("Dir", spec.getDir())
                .some("User", spec.getUser())
                .some("Groups", spec.getGroupsList());
        if (spec.hasPrivileges()) {
            json.put("Privileges", privileges(spec.getPrivileges()));
        }
        if (spec.hasInit()) {
            json.put("Init", spec.getInit());
        }
        json.some("StopSignal", spec.getStopSignal())
                .some("TTY", spec.getTty())
                .some("OpenStdin", spec.getOpenStdin())
                .some("ReadOnly", spec.getReadOnly())
                .some("Mounts", spec.getMountsList(), ContainerSpecJson::mount)
                .duration("StopGracePeriod", spec.hasStopGracePeriod(), spec.getStopGracePeriod());
        if (spec.hasHealthcheck()) {
            json.put("Healthcheck", health(spec.getHealthcheck()));
        }
        json.some("Hosts", spec.getHostsList());
        if (spec.hasDns()) {
            json.put("DNSConfig", dns(spec.getDns()));
        }
        return json.some("Secrets", spec.getSecretsList(), ContainerSpecJson::secret)
                .some("Configs", spec.getConfigsList(), ContainerSpecJson::config)
                .some("Isolation", spec.getIsolation())
                .some("Sysctls", spec.getSysctlsMap())
                .some("CapabilityAdd", spec.getCapabilityAddList())
                .some("CapabilityDrop", spec.getCapabilityDropList())
                .some("Ulimits", spec.getUlimitsList(), ContainerSpecJson::ulimit)
                .some("OomScoreAdj", spec.getOomScoreAdj());
    }

    private static Json privileges(Privileges privileges) {
        Json json = Json.object();
        if (privileges.hasCredentialSpec()) {
            CredentialSpec credentials = privileges.getCredentialSpec();
            json.put(
                    "CredentialSpec",
                    Json.object()
                            .put("Config", credentials.getConfig())
                            .put("File", credentials.getFile())
                            .put("Registry", credentials.getRegistry()));
        }
        if (privileges.hasSelinux()) {
            SelinuxContext selinux = privileges.getSelinux();
            json.put(
                    "SELinuxContext",
                    Json.object()
                            .put("Disable", selinux.getDisable())
                            .put("User", selinux.getUser())
                            .put("Role", selinux.getRole())
                            .put("Type", selinux.getType())
                            .put("Level", selinux.getLevel()));
        }
        json.put(
                "Seccomp",
                Json.object()
                        .put("Mode", lower(privileges.getSeccomp(), "SECCOMP_"))
                        .some("Profile", base64(privileges.getSeccompProfile())));
        json.put("AppArmor", Json.object().put("Mode", privileges.getApparmorDisabled() ? "disabled" : "default"));
        return json.put("NoNewPrivileges", privileges.getNoNewPrivileges());
    }

    private static Json mount(Mount mount) {
        Json json = Json.object()
                .put("Type", lower(mount.getType(), ""))
                .some("Source", mount.getSource())
                .some("Target", mount.getTarget())
                .some("ReadOnly", mount.getReadOnly())
                .some("Consistency", mount.getConsistency());
        if (mount.hasBind()) {
            BindOptions bind = mount.getBind();
            json.put(
                    "BindOptions",
                    Json.object()
                            .some("Propagation", bind.getPropagation())
                            .some("NonRecursive", bind.getNonRecursive())
                            .some("CreateMountpoint", bind.getCreateMountpoint())
                            .some("ReadOnlyNonRecursive", bind.getReadOnlyNonRecursive())
                            .some("ReadOnlyForceRecursive", bind.getReadOnlyForceRecursive()));
        }
        if (mount.hasVolume()) {
            json.put("VolumeOptions", volume(mount.getVolume()));
        }
        if (mount.hasTmpfs()) {
            json.put("TmpfsOptions", tmpfs(mount.getTmpfs()));
        }
        if (!mount.getImageSubpath().isEmpty()) {
            json.put("ImageOptions", Json.object().put("Subpath", mount.getImageSubpath()));
        }
        return json;
    }

    private static Json volume(VolumeOptions volume) {
        Json json = Json.object()
                .some("NoCopy", volume.getNoCopy())
                .some("Labels", volume.getLabelsMap())
                .some("Subpath", volume.getSubpath());
        return volume.hasDriver() ? json.put("DriverConfig", SpecJson.driver(volume.getDriver())) : json;
    }

    private static Json tmpfs(TmpfsOptions tmpfs) {
        Json json = Json.object().some("SizeBytes", tmpfs.getSizeBytes()).some("Mode", tmpfs.getMode());
        if (tmpfs.getOptionsCount() > 0) {
            var options = json.node().putArray("Options");
            tmpfs.getOptionsList().forEach(o -> options.add(Json.texts(Arrays.asList(o.split("=", 2)))));
        }
        return json;
    }

    static Json health(HealthConfig health) {
        return Json.object()
                .some("Test", health.getTestList())
                .duration("Interval", health.hasInterval(), health.getInterval())
                .duration("Timeout", health.hasTimeout(), health.getTimeout())
                .duration("StartPeriod", health.hasStartPeriod(), health.getStartPeriod())
                .duration("StartInterval", health.hasStartInterval(), health.getStartInterval())
                .some("Retries", health.getRetries());
    }

    private static Json dns(DnsConfig dns) {
        return Json.object()
                .some("Nameservers", dns.getNameserversList())
                .some("Search", dns.getSearchList())
                .some("Options", dns.getOptionsList());
    }

    private static Json secret(SecretReference secret) {
        Json json = Json.object();
        if (secret.hasFile()) {
            json.put("File", file(secret.getFile()));
        }
        return json.put("SecretID", secret.getSecretId()).put("SecretName", secret.getSecretName());
    }

    private static Json config(ConfigReference config) {
        Json json = Json.object();
        if (config.hasFile()) {
            json.put("File", file(config.getFile()));
        } else {
            json.put("Runtime", Json.object());
        }
        return json.put("ConfigID", config.getConfigId()).put("ConfigName", config.getConfigName());
    }

    private static Json file(FileTarget file) {
        return Json.object()
                .put("Name", file.getName())
                .put("UID", file.getUid())
                .put("GID", file.getGid())
                .put("Mode", Integer.toUnsignedLong(file.getMode()));
    }

    private static Json ulimit(Ulimit ulimit) {
        return Json.object()
                .put("Name", ulimit.getName())
                .put("Hard", ulimit.getHard())
                .put("Soft", ulimit.getSoft());
    }

    static String base64(ByteString bytes) {
        return Base64.getEncoder().encodeToString(bytes.toByteArray());
    }

    /** An enum value as the API writes it: without our prefix, in lower case, with dashes. */
    static String lower(Enum<?> value, String prefix) {
        return value.name().substring(prefix.length()).toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
