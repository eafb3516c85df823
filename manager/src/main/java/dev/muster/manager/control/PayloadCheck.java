package dev.muster.manager.control;

import dev.muster.api.ConfigSpec;
import dev.muster.api.Driver;
import dev.muster.api.Names;
import dev.muster.api.SecretSpec;
import dev.muster.api.Service;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ObjectKey;
import java.util.Set;

/** What secrets and configs have in common: names, sizes, templates, and who uses them. Pure. */
final class PayloadCheck {
    /** 500 KiB, as swarm has it. */
    static final int MAX_SECRET_BYTES = 512_000;

    /** 1000 KiB, as swarm has it. */
    static final int MAX_CONFIG_BYTES = 1_024_000;

    private static final String GO_TEMPLATE = "golang";

    private PayloadCheck() {}

    static void secret(SecretSpec spec) {
        name(spec.getAnnotations().getName());
        if (spec.hasDriver()) {
            if (spec.getDriver().getName().isEmpty()) {
                throw ControlFailure.invalid("secret driver must have a name");
            }
            throw ControlFailure.notYet("secret drivers");
        }
        template(spec.hasTemplating(), spec.getTemplating());
        if (spec.getData().isEmpty() || spec.getData().size() >= MAX_SECRET_BYTES) {
            throw ControlFailure.invalid(
                    "secret data must be larger than 0 and less than " + MAX_SECRET_BYTES + " bytes");
        }
    }

    static void config(ConfigSpec spec) {
        name(spec.getAnnotations().getName());
        template(spec.hasTemplating(), spec.getTemplating());
        if (spec.getData().isEmpty() || spec.getData().size() >= MAX_CONFIG_BYTES) {
            throw ControlFailure.invalid(
                    "config data must be larger than 0 and less than " + MAX_CONFIG_BYTES + " bytes");
        }
    }

    /** @param leaving ids of services that go in the same change */
    static void requireUnused(ClusterState state, ObjectKey key, String name, Set<String> leaving) {
        var users = state.servicesUsing(key).values().stream()
                .filter(service -> !service.getPendingDelete() && !leaving.contains(service.getId()))
                .map(Service::getSpec)
                .map(spec -> spec.getAnnotations().getName())
                .sorted()
                .toList();
        if (!users.isEmpty()) {
            throw ControlFailure.invalid(ObjectKey.word(key.kind()) + " '" + name + "' is in use by the following "
                    + (users.size() == 1 ? "service: " : "services: ") + String.join(", ", users));
        }
    }

    private static void name(String name) {
        Names.problemOfSecret(name).ifPresent(problem -> {
            throw ControlFailure.invalid(problem);
        });
    }

    private static void template(boolean asked, Driver templating) {
        if (asked && !templating.getName().isEmpty() && !templating.getName().equals(GO_TEMPLATE)) {
            throw ControlFailure.invalid(
                    "template driver \"" + templating.getName() + "\" is unknown: only " + GO_TEMPLATE + " is there");
        }
    }
}
