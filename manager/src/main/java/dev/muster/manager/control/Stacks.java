package dev.muster.manager.control;

import dev.muster.api.ApplyStackRequest;
import dev.muster.api.ApplyStackResponse;
import dev.muster.api.Kind;
import dev.muster.api.RemoveStackRequest;
import dev.muster.api.RemoveStackResponse;
import dev.muster.api.StackAction;
import dev.muster.api.StackSpec;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ObjectKey;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.random.RandomGenerator;

/** Stacks: all of a stack's objects are deployed, or removed, in one change. */
final class Stacks {
    private final Transactions transactions;
    private final StackImages images;
    private final InstantSource clock;
    private final RandomGenerator random;

    Stacks(Transactions transactions, ImagePins pins, InstantSource clock, RandomGenerator random) {
        this.transactions = transactions;
        this.images = new StackImages(pins);
        this.clock = clock;
        this.random = random;
    }

    ApplyStackResponse apply(ApplyStackRequest request) {
        var labelled =
                request.toBuilder().setStack(labelled(request.getStack())).build();
        StackCheck.check(labelled.getStack());
        var before = transactions.read();
        // What cannot be deployed is refused before registries are asked.
        plan(before, scratch(), labelled.getStack()).decide(labelled.getStack().getServicesList(), labelled.getPrune());
        var decided = images.decide(before, labelled);
        var actions = request.getDryRun()
                ? plan(before, scratch(), labelled.getStack()).decide(decided.services(), labelled.getPrune())
                : transactions.commit(
                        "ApplyStack",
                        (state, changes) -> plan(state, changes, labelled.getStack())
                                .decide(decided.services(), labelled.getPrune()));
        return ApplyStackResponse.newBuilder()
                .addAllActions(actions)
                .addAllWarnings(decided.warnings())
                .build();
    }

    private StackPlan plan(ClusterState state, ChangeSetBuilder changes, StackSpec stack) {
        return new StackPlan(state, changes, stack, clock.instant(), random);
    }

    private ChangeSetBuilder scratch() {
        return new ChangeSetBuilder(clock.instant(), "ApplyStack");
    }

    /** Every object says which stack it belongs to: removing the stack goes by that. */
    private static StackSpec labelled(StackSpec stack) {
        var namespace = stack.getNamespace();
        var labelled = stack.toBuilder();
        labelled.getNetworksBuilderList()
                .forEach(network -> network.getAnnotationsBuilder().putLabels(StackCheck.NAMESPACE_LABEL, namespace));
        labelled.getSecretsBuilderList()
                .forEach(secret -> secret.getAnnotationsBuilder().putLabels(StackCheck.NAMESPACE_LABEL, namespace));
        labelled.getConfigsBuilderList()
                .forEach(config -> config.getAnnotationsBuilder().putLabels(StackCheck.NAMESPACE_LABEL, namespace));
        labelled.getServicesBuilderList()
                .forEach(service -> service.getAnnotationsBuilder().putLabels(StackCheck.NAMESPACE_LABEL, namespace));
        return labelled.build();
    }

    RemoveStackResponse remove(RemoveStackRequest request) {
        StackCheck.namespace(request.getNamespace());
        var actions =
                transactions.commit("RemoveStack", (state, changes) -> remove(state, changes, request.getNamespace()));
        return RemoveStackResponse.newBuilder().addAllActions(actions).build();
    }

    private static List<StackAction> remove(ClusterState state, ChangeSetBuilder changes, String namespace) {
        var actions = new ArrayList<StackAction>();
        var leaving = new HashSet<String>();
        for (var service : state.services().values()) {
            var annotations = service.getSpec().getAnnotations();
            if (!service.getPendingDelete() && StackCheck.in(namespace, annotations)) {
                leaving.add(service.getId());
                changes.update(service.toBuilder().setPendingDelete(true).build());
                actions.add(removed(Kind.KIND_SERVICE, annotations.getName(), service.getId()));
            }
        }
        for (var secret : state.secrets().values()) {
            var annotations = secret.getSpec().getAnnotations();
            if (StackCheck.in(namespace, annotations)) {
                PayloadCheck.requireUnused(state, ObjectKey.secret(secret.getId()), annotations.getName(), leaving);
                changes.delete(secret);
                actions.add(removed(Kind.KIND_SECRET, annotations.getName(), secret.getId()));
            }
        }
        for (var config : state.configs().values()) {
            var annotations = config.getSpec().getAnnotations();
            if (StackCheck.in(namespace, annotations)) {
                PayloadCheck.requireUnused(state, ObjectKey.config(config.getId()), annotations.getName(), leaving);
                changes.delete(config);
                actions.add(removed(Kind.KIND_CONFIG, annotations.getName(), config.getId()));
            }
        }
        for (var network : state.networks().values()) {
            var annotations = network.getSpec().getAnnotations();
            if (!network.getPendingDelete() && StackCheck.in(namespace, annotations)) {
                Networks.requireUnused(state, network, leaving);
                changes.update(network.toBuilder().setPendingDelete(true).build());
                actions.add(removed(Kind.KIND_NETWORK, annotations.getName(), network.getId()));
            }
        }
        return actions;
    }

    private static StackAction removed(Kind kind, String name, String id) {
        return StackAction.newBuilder()
                .setAction(StackAction.Action.REMOVE)
                .setKind(kind)
                .setName(name)
                .setId(id)
                .build();
    }
}
