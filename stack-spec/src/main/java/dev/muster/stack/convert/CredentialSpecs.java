package dev.muster.stack.convert;

import dev.muster.api.ConfigReference;
import dev.muster.api.CredentialSpec;
import dev.muster.api.Privileges;
import dev.muster.stack.document.Problems;
import dev.muster.stack.document.Value;
import java.util.List;
import java.util.Optional;

/** A service's {@code credential_spec}: one of a config, a file or a registry value. */
final class CredentialSpecs {

    private static final List<String> KINDS = List.of("config", "file", "registry");

    private final Namespace namespace;
    private final Value.Mapping stack;
    private final Problems problems;

    CredentialSpecs(Namespace namespace, Value.Mapping stack, Problems problems) {
        this.namespace = namespace;
        this.stack = stack;
        this.problems = problems;
    }

    /** A config that it names becomes one more reference of the service, for the runtime only. */
    Optional<Privileges> convert(String service, Value.Mapping definition, List<ConfigReference> references) {
        Optional<Value.Mapping> written = definition.mapping("credential_spec");
        List<String> said = KINDS.stream()
                .filter(kind ->
                        written.filter(some -> !some.text(kind).isEmpty()).isPresent())
                .toList();
        if (said.isEmpty()) {
            return Optional.empty();
        }
        Value.Mapping spec = written.orElseThrow();
        if (said.size() > 1) {
            String all = said.size() == 2
                    ? "both " + said.get(0) + " and " + said.get(1)
                    : "all of " + String.join(", ", said);
            problems.add(spec.at(), "service " + service + ": invalid credential spec: cannot specify " + all);
            return Optional.empty();
        }
        CredentialSpec.Builder result =
                CredentialSpec.newBuilder().setFile(spec.text("file")).setRegistry(spec.text("registry"));
        String config = spec.text("config");
        if (!config.isEmpty()) {
            Optional<Value.Mapping> entry = stack.mapping("configs").flatMap(configs -> configs.mapping(config));
            if (entry.isEmpty()) {
                problems.add(spec.keyAt("config"), "service " + service + ": undefined config \"" + config + "\"");
                return Optional.empty();
            }
            String name = namespace.nameOf(config, entry.get());
            references.add(ConfigReference.newBuilder().setConfigName(name).build());
            result.setConfig(name);
        }
        return Optional.of(Privileges.newBuilder().setCredentialSpec(result).build());
    }
}
