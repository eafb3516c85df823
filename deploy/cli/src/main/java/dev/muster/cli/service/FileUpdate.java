package dev.muster.cli.service;

import dev.muster.api.ConfigReference;
import dev.muster.api.ContainerSpec;
import dev.muster.api.CredentialSpec;
import dev.muster.api.Mount;
import dev.muster.api.SecretReference;
import dev.muster.cli.command.CommandFailure;
import dev.muster.cli.flag.Arguments;
import dev.muster.cli.value.FileOption;
import dev.muster.cli.value.MountOption;
import dev.muster.cli.value.Pairs;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Changes of mounts, secrets, configs and the credential spec: removed ones first, then added ones. */
final class FileUpdate {

    private final Arguments flags;

    FileUpdate(Arguments flags) {
        this.flags = flags;
    }

    void apply(ContainerSpec.Builder container) {
        if (flags.hasAny("mount-add", "mount-rm")) {
            List<Mount> mounts = mounts(container.getMountsList());
            container.clearMounts().addAllMounts(mounts);
        }
        if (flags.hasAny("secret-add", "secret-rm")) {
            List<SecretReference> secrets = new ArrayList<>(container.getSecretsList());
            secrets.removeIf(secret -> flags.list("secret-rm").contains(secret.getSecretName()));
            flags.list("secret-add").stream()
                    .map(FileOption::parse)
                    .forEach(option -> secrets.add(SpecFromFlags.secret(option)));
            container.clearSecrets().addAllSecrets(secrets);
        }
        if (flags.hasAny("config-add", "config-rm")) {
            List<ConfigReference> configs = new ArrayList<>(container.getConfigsList());
            configs.removeIf(
                    config -> config.hasFile() && flags.list("config-rm").contains(config.getConfigName()));
            flags.list("config-add").stream()
                    .map(FileOption::parse)
                    .forEach(option -> configs.add(SpecFromFlags.config(option)));
            container.clearConfigs().addAllConfigs(configs);
        }
        if (flags.has("credential-spec")) {
            credentials(container);
        }
    }

    private List<Mount> mounts(List<Mount> current) {
        Map<String, Mount> mounts = new LinkedHashMap<>();
        current.forEach(mount -> mounts.put(mount.getTarget(), mount));
        flags.list("mount-rm").forEach(mounts::remove);
        Set<String> added = new HashSet<>();
        for (String text : flags.list("mount-add")) {
            Mount mount = MountOption.parse(text);
            if (!added.add(mount.getTarget())) {
                throw new CommandFailure("duplicate mount target");
            }
            mounts.put(mount.getTarget(), mount);
        }
        return mounts.values().stream()
                .sorted(Comparator.comparing(Mount::getSource).thenComparing(Mount::getTarget))
                .toList();
    }

    private void credentials(ContainerSpec.Builder container) {
        CredentialSpec credentials = Pairs.credentialSpec(flags.text("credential-spec"));
        List<ConfigReference> configs = new ArrayList<>(container.getConfigsList());
        configs.removeIf(config -> !config.hasFile());
        if (!credentials.getConfig().isEmpty()) {
            configs.add(ConfigReference.newBuilder()
                    .setConfigName(credentials.getConfig())
                    .build());
        }
        container.clearConfigs().addAllConfigs(configs);
        if (credentials.equals(CredentialSpec.getDefaultInstance())) {
            container.getPrivilegesBuilder().clearCredentialSpec();
        } else {
            container.getPrivilegesBuilder().setCredentialSpec(credentials);
        }
    }
}
