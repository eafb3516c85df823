package dev.muster.worker.agent;

import dev.muster.api.Assignment;
import dev.muster.api.AssignmentChange;
import dev.muster.api.AssignmentKey;
import dev.muster.api.AssignmentsMessage;
import dev.muster.api.Config;
import dev.muster.api.Driver;
import dev.muster.api.Ids;
import dev.muster.api.NetworkAssignment;
import dev.muster.api.NetworkEndpoint;
import dev.muster.api.NetworkPeer;
import dev.muster.api.NetworkService;
import dev.muster.api.Secret;
import dev.muster.api.ServiceRevision;
import dev.muster.api.Task;
import dev.muster.net.OverlayTables;
import dev.muster.worker.task.AssignedTask;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Everything that managers have assigned to this node; immutable. A part that a change does not touch is the same object
 * afterwards, so that what has changed is cheap to tell.
 *
 * @param peers by NETWORK/NODE
 * @param endpoints by NETWORK/TASK
 * @param services by NETWORK/SERVICE
 */
record AssignmentSet(
        Map<String, Task> tasks,
        Map<String, ServiceRevision> revisions,
        Map<String, Secret> secrets,
        Map<String, Config> configs,
        Map<String, NetworkAssignment> networks,
        Map<String, NetworkPeer> peers,
        Map<String, NetworkEndpoint> endpoints,
        Map<String, NetworkService> services) {
    static final AssignmentSet EMPTY =
            new AssignmentSet(Map.of(), Map.of(), Map.of(), Map.of(), Map.of(), Map.of(), Map.of(), Map.of());

    /** The set after a change that came in one or more messages, in order; the first one's type counts. */
    AssignmentSet apply(List<AssignmentsMessage> messages) {
        var start = messages.getFirst().getType() == AssignmentsMessage.Type.COMPLETE ? EMPTY : this;
        var draft = new Draft(start);
        for (var message : messages) {
            for (var change : message.getChangesList()) {
                draft.apply(change);
            }
        }
        return draft.finish();
    }

    /** One task with all that it names; empty if there is no such task. */
    Optional<AssignedTask> assigned(String taskId, Driver defaultLogDriver) {
        var task = tasks.get(taskId);
        if (task == null) {
            return Optional.empty();
        }
        var revision = Optional.ofNullable(revisions.get(Ids.revision(task)));
        var taskSecrets = new TreeMap<String, Secret>();
        var taskConfigs = new TreeMap<String, Config>();
        revision.ifPresent(found -> {
            for (var reference : found.getTask().getContainer().getSecretsList()) {
                pick(secrets, reference.getSecretId(), taskSecrets);
            }
            for (var reference : found.getTask().getContainer().getConfigsList()) {
                pick(configs, reference.getConfigId(), taskConfigs);
            }
        });
        var taskNetworks = new TreeMap<String, NetworkAssignment>();
        for (var attachment : task.getNetworksList()) {
            pick(networks, attachment.getNetworkId(), taskNetworks);
        }
        return Optional.of(new AssignedTask(task, revision, taskSecrets, taskConfigs, taskNetworks, defaultLogDriver));
    }

    private static <T> void pick(Map<String, T> from, String key, Map<String, T> into) {
        var found = from.get(key);
        if (found != null) {
            into.put(key, found);
        }
    }

    /** What the overlay is to have in force; the node's own networks (host, bridge) are none of its business. */
    OverlayTables tables() {
        var overlays = new TreeMap<>(networks);
        overlays.values().removeIf(assignment -> !isOverlay(assignment));
        return new OverlayTables(overlays, peers.values(), endpoints.values(), services.values());
    }

    private static boolean isOverlay(NetworkAssignment assignment) {
        var driver = assignment.getNetwork().getSpec().getDriver().getName();
        return driver.isEmpty() || driver.equals("overlay");
    }

    /** Whether nothing that tasks need differs. */
    boolean sameTasks(AssignmentSet other) {
        return tasks.equals(other.tasks)
                && revisions.equals(other.revisions)
                && secrets.equals(other.secrets)
                && configs.equals(other.configs)
                && networks.equals(other.networks);
    }

    /** Whether nothing of the networks differs. */
    boolean sameNetworks(AssignmentSet other) {
        return networks.equals(other.networks)
                && peers.equals(other.peers)
                && endpoints.equals(other.endpoints)
                && services.equals(other.services);
    }

    /** Tasks, revisions and configs as a message, for the journal. */
    AssignmentsMessage.Builder taskPart() {
        var message = AssignmentsMessage.newBuilder();
        add(message, tasks, Assignment.newBuilder()::setTask);
        add(message, revisions, Assignment.newBuilder()::setRevision);
        add(message, configs, Assignment.newBuilder()::setConfig);
        return message;
    }

    /** Networks, peers, endpoints and services as a message, for the journal. */
    AssignmentsMessage.Builder networkPart() {
        var message = AssignmentsMessage.newBuilder();
        add(message, networks, Assignment.newBuilder()::setNetwork);
        add(message, peers, Assignment.newBuilder()::setPeer);
        add(message, endpoints, Assignment.newBuilder()::setEndpoint);
        add(message, services, Assignment.newBuilder()::setService);
        return message;
    }

    private static <T> void add(
            AssignmentsMessage.Builder message, Map<String, T> items, Function<T, Assignment.Builder> wrap) {
        for (var item : items.values()) {
            message.addChanges(AssignmentChange.newBuilder().setSet(wrap.apply(item)));
        }
    }

    /** Counts only: what is inside may be secret, and is long. */
    @Override
    public String toString() {
        return "AssignmentSet[" + tasks.size() + " tasks, " + networks.size() + " networks, " + endpoints.size()
                + " endpoints]";
    }

    /** Maps that are copied when first written to. */
    private static final class Draft {
        private final List<Part<?>> parts = new ArrayList<>();
        private final Part<Task> tasks;
        private final Part<ServiceRevision> revisions;
        private final Part<Secret> secrets;
        private final Part<Config> configs;
        private final Part<NetworkAssignment> networks;
        private final Part<NetworkPeer> peers;
        private final Part<NetworkEndpoint> endpoints;
        private final Part<NetworkService> services;

        Draft(AssignmentSet start) {
            tasks = part(start.tasks);
            revisions = part(start.revisions);
            secrets = part(start.secrets);
            configs = part(start.configs);
            networks = part(start.networks);
            peers = part(start.peers);
            endpoints = part(start.endpoints);
            services = part(start.services);
        }

        private <T> Part<T> part(Map<String, T> start) {
            var part = new Part<>(start);
            parts.add(part);
            return part;
        }

        void apply(AssignmentChange change) {
            switch (change.getChangeCase()) {
                case SET -> set(change.getSet());
                case REMOVE ->
                    part(change.getRemove().getType()).remove(change.getRemove().getId());
                case CHANGE_NOT_SET -> throw new IllegalArgumentException("a change that neither sets nor removes");
            }
        }

        private void set(Assignment item) {
            switch (item.getItemCase()) {
                case TASK -> tasks.put(item.getTask().getId(), item.getTask());
                case REVISION -> revisions.put(item.getRevision().getId(), item.getRevision());
                case SECRET -> secrets.put(item.getSecret().getId(), item.getSecret());
                case CONFIG -> configs.put(item.getConfig().getId(), item.getConfig());
                case NETWORK -> networks.put(item.getNetwork().getNetwork().getId(), item.getNetwork());
                case PEER -> {
                    var peer = item.getPeer();
                    peers.put(peer.getNetworkId() + "/" + peer.getNodeId(), peer);
                }
                case ENDPOINT -> {
                    var endpoint = item.getEndpoint();
                    endpoints.put(endpoint.getNetworkId() + "/" + endpoint.getTaskId(), endpoint);
                }
                case SERVICE -> {
                    var service = item.getService();
                    services.put(service.getNetworkId() + "/" + service.getServiceId(), service);
                }
                // Of a newer manager: what this version does not know, it cannot act on.
                case ITEM_NOT_SET -> {}
            }
        }

        private Part<?> part(AssignmentKey.Type type) {
            return switch (type) {
                case TASK -> tasks;
                case REVISION -> revisions;
                case SECRET -> secrets;
                case CONFIG -> configs;
                case NETWORK -> networks;
                case NETWORK_PEER -> peers;
                case NETWORK_ENDPOINT -> endpoints;
                case NETWORK_SERVICE -> services;
                case UNRECOGNIZED -> new Part<>(Map.of());
            };
        }

        AssignmentSet finish() {
            return new AssignmentSet(
                    tasks.finish(),
                    revisions.finish(),
                    secrets.finish(),
                    configs.finish(),
                    networks.finish(),
                    peers.finish(),
                    endpoints.finish(),
                    services.finish());
        }
    }

    private static final class Part<T> {
        private Map<String, T> map;
        private boolean own;

        Part(Map<String, T> start) {
            map = start;
        }

        private Map<String, T> writable() {
            if (!own) {
                map = new TreeMap<>(map);
                own = true;
            }
            return map;
        }

        void put(String key, T value) {
            writable().put(key, value);
        }

        void remove(String key) {
            if (map.containsKey(key)) {
                writable().remove(key);
            }
        }

        Map<String, T> finish() {
            return own ? Collections.unmodifiableMap(map) : map;
        }
    }
}
