package dev.muster.stack.convert;

import dev.muster.api.ServiceSpec;
import dev.muster.api.StackSpec;
import dev.muster.stack.document.Position;
import dev.muster.stack.document.Value;
import dev.muster.stack.load.Surroundings;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A merged stack to its specs. Services come sorted by name. Networks are those that a service uses; secrets and
 * configs all that the file defines; external objects those that a service uses.
 */
public final class StackConverter {

    private final Namespace namespace;
    private final Surroundings surroundings;

    public StackConverter(String stack, Surroundings surroundings) {
        this.namespace = new Namespace(stack);
        this.surroundings = surroundings;
    }

    /** Adds to the surroundings' problems and warnings; the result counts only if there are no problems. */
    public StackSpec convert(Value.Mapping stack) {
        surroundings.warnings().addAll(Ignored.warnings(stack));
        StackSpec.Builder result = StackSpec.newBuilder().setNamespace(namespace.name());
        var services = new ServiceConverter(namespace, stack, surroundings.problems());
        entries(stack, "services")
                .forEach((name, field) -> result.addServices(services.convert(name, (Value.Mapping) field.value())));
        networks(stack, result);
        objects(stack, result);
        return result.build();
    }

    private static Map<String, Value.Field> entries(Value.Mapping stack, String section) {
        return stack.mapping(section).map(some -> new TreeMap<>(some.fields())).orElseGet(TreeMap::new);
    }

    private void networks(Value.Mapping stack, StackSpec.Builder result) {
        var used = new TreeSet<String>();
        for (ServiceSpec service : result.getServicesList()) {
            service.getTask().getNetworksList().forEach(network -> used.add(network.getTarget()));
        }
        var objects = objectConverter();
        Map<String, Value.Field> networks = entries(stack, "networks");
        if (!networks.containsKey(ServiceConverter.DEFAULT_NETWORK)) {
            Position at = stack.at();
            networks.put(ServiceConverter.DEFAULT_NETWORK, new Value.Field(at, Value.Mapping.empty(at)));
        }
        networks.forEach((name, field) -> {
            Value.Mapping entry = (Value.Mapping) field.value();
            String full = namespace.nameOf(name, entry);
            if (used.contains(full) && entry.flag("external")) {
                result.addExternalNetworks(full);
            } else if (used.contains(full)) {
                result.addNetworks(objects.network(name, entry));
            }
        });
    }

    private ObjectConverter objectConverter() {
        return new ObjectConverter(namespace, surroundings.files(), surroundings.problems());
    }

    private void objects(Value.Mapping stack, StackSpec.Builder result) {
        var usedSecrets = new TreeSet<String>();
        var usedConfigs = new TreeSet<String>();
        for (ServiceSpec service : result.getServicesList()) {
            var container = service.getTask().getContainer();
            container.getSecretsList().forEach(secret -> usedSecrets.add(secret.getSecretName()));
            container.getConfigsList().forEach(config -> usedConfigs.add(config.getConfigName()));
        }
        var objects = objectConverter();
        entries(stack, "secrets").forEach((name, field) -> {
            Value.Mapping entry = (Value.Mapping) field.value();
            if (!entry.flag("external")) {
                result.addSecrets(objects.secret(name, entry));
            } else if (usedSecrets.contains(namespace.nameOf(name, entry))) {
                result.addExternalSecrets(namespace.nameOf(name, entry));
            }
        });
        entries(stack, "configs").forEach((name, field) -> {
            Value.Mapping entry = (Value.Mapping) field.value();
            if (!entry.flag("external")) {
                result.addConfigs(objects.config(name, entry));
            } else if (usedConfigs.contains(namespace.nameOf(name, entry))) {
                result.addExternalConfigs(namespace.nameOf(name, entry));
            }
        });
    }
}
