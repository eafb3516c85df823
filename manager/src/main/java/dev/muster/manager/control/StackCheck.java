package dev.muster.manager.control;

import dev.muster.api.Annotations;
import dev.muster.api.ConfigSpec;
import dev.muster.api.NetworkSpec;
import dev.muster.api.SecretSpec;
import dev.muster.api.ServiceSpec;
import dev.muster.api.StackSpec;
import dev.muster.manager.state.ClusterState;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/** Whether a stack makes sense by itself, and whether what it expects to be there is. Pure. */
final class StackCheck {
    /** The label that says which stack an object belongs to. */
    static final String NAMESPACE_LABEL = "com.docker.stack.namespace";

    /** Networks of the host itself: they are always there. */
    private static final Set<String> HOST_NETWORKS = Set.of("host", "bridge", "none");

    private StackCheck() {}

    static void namespace(String namespace) {
        if (namespace.chars().allMatch(c -> Character.isWhitespace(c) || c == '"' || c == '\'')) {
            throw ControlFailure.invalid("invalid stack name: \"" + namespace + "\"");
        }
    }

    /** Each object by itself; the failure says which. */
    static void check(StackSpec stack) {
        namespace(stack.getNamespace());
        each("network", stack.getNetworksList(), NetworkSpec::getAnnotations, NetworkSpecCheck::check);
        each("secret", stack.getSecretsList(), SecretSpec::getAnnotations, PayloadCheck::secret);
        each("config", stack.getConfigsList(), ConfigSpec::getAnnotations, PayloadCheck::config);
        each("service", stack.getServicesList(), ServiceSpec::getAnnotations, ServiceSpecCheck::check);
    }

    private static <T> void each(String kind, List<T> specs, Function<T, Annotations> annotations, Consumer<T> check) {
        var names = new HashSet<String>();
        for (var spec : specs) {
            var name = annotations.apply(spec).getName();
            if (!names.add(name.toLowerCase(Locale.ROOT))) {
                throw ControlFailure.invalid("the stack has two " + kind + "s named " + name);
            }
            within(kind + " " + name, () -> check.accept(spec));
        }
    }

    /** A failure inside says what it is about. */
    static void within(String what, Runnable check) {
        try {
            check.run();
        } catch (ControlFailure e) {
            throw new ControlFailure(e.code(), what + ": " + e.text());
        }
    }

    /** What the stack declares as external must be there. */
    static void externals(ClusterState state, StackSpec stack) {
        for (var name : stack.getExternalNetworksList()) {
            if (!HOST_NETWORKS.contains(name)
                    && state.networkNamed(name).isEmpty()
                    && state.network(name).isEmpty()) {
                throw ControlFailure.invalid("network \"" + name + "\" is declared as external, but could not be found."
                        + " You need to create a swarm-scoped network before the stack is deployed");
            }
        }
        present(
                "secret",
                stack.getExternalSecretsList(),
                name -> state.secretNamed(name).isPresent());
        present(
                "config",
                stack.getExternalConfigsList(),
                name -> state.configNamed(name).isPresent());
    }

    private static void present(String kind, List<String> names, Predicate<String> there) {
        var missing = names.stream().filter(there.negate()).sorted().toList();
        if (!missing.isEmpty()) {
            var several = missing.size() > 1;
            throw ControlFailure.invalid(kind + (several ? "s" : "") + " not found: " + String.join(", ", missing)
                    + ". The stack declares " + (several ? "them" : "it") + " as external: create "
                    + (several ? "them" : "it") + " before the stack is deployed");
        }
    }

    /** Whether the object belongs to the stack. */
    static boolean in(String namespace, Annotations annotations) {
        return namespace.equals(annotations.getLabelsOrDefault(NAMESPACE_LABEL, ""));
    }
}
