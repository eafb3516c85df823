package dev.muster.manager.control;

import com.google.protobuf.Message;
import dev.muster.api.Config;
import dev.muster.api.ConfigSpec;
import dev.muster.api.Ids;
import dev.muster.api.Kind;
import dev.muster.api.Network;
import dev.muster.api.NetworkSpec;
import dev.muster.api.Secret;
import dev.muster.api.SecretSpec;
import dev.muster.api.Service;
import dev.muster.api.ServiceSpec;
import dev.muster.api.StackAction;
import dev.muster.api.StackSpec;
import dev.muster.api.UpdateStatus;
import dev.muster.manager.revision.SpecChange;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * One deploy of a stack on one state: compares what the stack file says with what is there, and puts every difference
 * into one change set. What is as it should be is left alone. One thread, used once.
 */
final class StackPlan {
    private final ClusterState state;
    private final ChangeSetBuilder changes;
    private final StackSpec stack;
    private final Instant now;
    private final RandomGenerator random;
    private final List<StackAction> actions = new ArrayList<>();
    private final List<Network> newNetworks = new ArrayList<>();
    private final List<Secret> newSecrets = new ArrayList<>();
    private final List<Config> newConfigs = new ArrayList<>();

    /** The services that there will be, as far as decided, by id: those whose ports must not collide. */
    private final Map<String, Service> staying;

    StackPlan(ClusterState state, ChangeSetBuilder changes, StackSpec stack, Instant now, RandomGenerator random) {
        this.state = state;
        this.changes = changes;
        this.stack = stack;
        this.now = now;
        this.random = random;
        this.staying = new TreeMap<>(state.services());
    }

    /**
     * What is to be done, put into the change set and told.
     *
     * @param services of the stack, with credentials and images as they are to be
     * @return in the order in which people expect it to be carried out
     */
    List<StackAction> decide(Collection<ServiceSpec> services, boolean prune) {
        StackCheck.externals(state, stack);
        if (prune) {
            prune();
        }
        stack.getNetworksList().forEach(this::network);
        stack.getSecretsList().forEach(this::secret);
        stack.getConfigsList().forEach(this::config);
        // Until its turn comes a service of the stack holds no port: two of them may swap theirs.
        for (var spec : services) {
            state.serviceNamed(spec.getAnnotations().getName()).ifPresent(stored -> staying.remove(stored.getId()));
        }
        services.stream()
                .sorted(Comparator.comparing(spec -> spec.getAnnotations().getName()))
                .forEach(this::service);
        return actions;
    }

    private void prune() {
        for (var service : state.services().values()) {
            var name = service.getSpec().getAnnotations().getName();
            if (!service.getPendingDelete()
                    && StackCheck.in(stack.getNamespace(), service.getSpec().getAnnotations())
                    && stack.getServicesList().stream()
                            .noneMatch(spec -> spec.getAnnotations().getName().equalsIgnoreCase(name))) {
                changes.update(service.toBuilder().setPendingDelete(true).build());
                staying.remove(service.getId());
                act(StackAction.Action.REMOVE, Kind.KIND_SERVICE, name, service.getId());
            }
        }
    }

    /** A network that is there is used as it is: its addresses are in use. */
    private void network(NetworkSpec spec) {
        var name = spec.getAnnotations().getName();
        var stored = state.networkNamed(name);
        if (stored.isPresent()) {
            act(
                    StackAction.Action.UNCHANGED,
                    Kind.KIND_NETWORK,
                    name,
                    stored.get().getId());
            return;
        }
        StackCheck.within("network " + name, () -> {
            var network = Networks.created(state, Ids.create(random), spec);
            newNetworks.add(network);
            create(network, Kind.KIND_NETWORK, name, network.getId());
        });
    }

    private void secret(SecretSpec spec) {
        var name = spec.getAnnotations().getName();
        var stored = state.secretNamed(name);
        if (stored.isPresent()) {
            StackCheck.within(
                    "failed to update secret " + name,
                    () -> Secrets.requireOnlyLabels(stored.get().getSpec(), spec));
            var wanted = Secrets.relabelled(stored.get(), spec);
            keepOrUpdate(wanted.equals(stored.get()), wanted, Kind.KIND_SECRET, name, wanted.getId());
            return;
        }
        var secret = Secret.newBuilder().setId(Ids.create(random)).setSpec(spec).build();
        newSecrets.add(secret);
        create(secret, Kind.KIND_SECRET, name, secret.getId());
    }

    private void config(ConfigSpec spec) {
        var name = spec.getAnnotations().getName();
        var stored = state.configNamed(name);
        if (stored.isPresent()) {
            StackCheck.within(
                    "failed to update config " + name,
                    () -> Configs.requireOnlyLabels(stored.get().getSpec(), spec));
            var wanted = Configs.relabelled(stored.get(), spec);
            keepOrUpdate(wanted.equals(stored.get()), wanted, Kind.KIND_CONFIG, name, wanted.getId());
            return;
        }
        var config = Config.newBuilder().setId(Ids.create(random)).setSpec(spec).build();
        newConfigs.add(config);
        create(config, Kind.KIND_CONFIG, name, config.getId());
    }

    private void service(ServiceSpec spec) {
        var name = spec.getAnnotations().getName();
        StackCheck.within("service " + name, () -> {
            var resolved = References.to(state)
                    .before(newNetworks, newSecrets, newConfigs)
                    .resolve(spec);
            var stored = state.serviceNamed(name);
            var id = stored.map(Service::getId).orElseGet(() -> Ids.create(random));
            PublishedPorts.requireFree(spec.getEndpoint(), id, staying.values());
            if (stored.isEmpty()) {
                var change = SpecChange.created(id, resolved, now);
                change.revision().ifPresent(changes::create);
                create(change.service(), Kind.KIND_SERVICE, name, id);
                staying.put(id, change.service());
            } else {
                update(stored.get(), resolved, name);
            }
        });
    }

    private void update(Service stored, ServiceSpec spec, String name) {
        if (!Services.mode(spec).equals(Services.mode(stored.getSpec()))) {
            throw ControlFailure.unimplemented("service mode change is not allowed");
        }
        // A forced restart is no part of the file: deploying it again must not undo it, which would restart again.
        var forced = spec.toBuilder();
        forced.getTaskBuilder().setForceUpdate(stored.getSpec().getTask().getForceUpdate());
        var wanted = forced.build();
        var next = stored.toBuilder().setSpec(wanted);
        if (!wanted.getEndpoint().equals(stored.getSpec().getEndpoint())) {
            next.clearEndpoint();
        }
        staying.put(stored.getId(), next.build());
        if (wanted.equals(stored.getSpec()) && !paused(stored)) {
            act(StackAction.Action.UNCHANGED, Kind.KIND_SERVICE, name, stored.getId());
            return;
        }
        Services.put(changes, Services.changed(stored, wanted, now), false);
        act(StackAction.Action.UPDATE, Kind.KIND_SERVICE, name, stored.getId());
    }

    /** Deploying again lets a paused update go on. */
    private static boolean paused(Service service) {
        var update = service.getUpdateStatus().getState();
        return update == UpdateStatus.State.PAUSED || update == UpdateStatus.State.ROLLBACK_PAUSED;
    }

    private void create(Message object, Kind kind, String name, String id) {
        changes.create(object);
        act(StackAction.Action.CREATE, kind, name, id);
    }

    private void keepOrUpdate(boolean keep, Message object, Kind kind, String name, String id) {
        if (!keep) {
            changes.update(object);
        }
        act(keep ? StackAction.Action.UNCHANGED : StackAction.Action.UPDATE, kind, name, id);
    }

    private void act(StackAction.Action action, Kind kind, String name, String id) {
        actions.add(StackAction.newBuilder()
                .setAction(action)
                .setKind(kind)
                .setName(name)
                .setId(id)
                .build());
    }
}
