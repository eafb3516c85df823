package dev.muster.manager.simulation.faults;

import com.google.protobuf.ByteString;
import dev.muster.api.Availability;
import dev.muster.api.CreateSecretRequest;
import dev.muster.api.CreateServiceRequest;
import dev.muster.api.GetNodeRequest;
import dev.muster.api.GetServiceRequest;
import dev.muster.api.ListSecretsRequest;
import dev.muster.api.RemoveNodeRequest;
import dev.muster.api.RemoveServiceRequest;
import dev.muster.api.Secret;
import dev.muster.api.SecretSpec;
import dev.muster.api.Service;
import dev.muster.api.ServiceSpec;
import dev.muster.api.UpdateNodeRequest;
import dev.muster.api.UpdateSecretRequest;
import dev.muster.api.UpdateServiceRequest;
import dev.muster.manager.control.Control;
import dev.muster.manager.control.ControlFailure;
import dev.muster.manager.simulation.Specs;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * A user with services and a counting secret of their own, who asks any manager, one thing after the other, through the
 * real control service, and remembers in the {@link Ledger} what was acknowledged. An answer that does not come, because
 * the manager died, is none.
 */
final class Operator {
    private static final Duration LONGEST_THOUGHT = Duration.ofSeconds(5);

    /** After this a user tries something else, whatever became of the last attempt. */
    private static final Duration PATIENCE = Duration.ofSeconds(50);

    /** Of so many wishes about a node, one is to have it no more. */
    private static final int NODES_KEPT = 4;

    private static final List<String> IMAGES = List.of("v1", "v2", "v3", "v4", SimulatedTask.BAD, SimulatedTask.SHAKY);

    private final String name;
    private final List<String> services;
    private final List<String> nodes;
    private final List<SimulatedManager> managers;
    private final Timeline timeline;
    private final History history;
    private final Ledger ledger;
    private final Events events;
    private final SplittableRandom random;
    private boolean over;
    private long turns;

    Operator(
            String name,
            List<String> services,
            List<String> nodes,
            List<SimulatedManager> managers,
            Timeline timeline,
            History history,
            Ledger ledger,
            Events events,
            SplittableRandom random) {
        this.name = name;
        this.services = services;
        this.nodes = nodes;
        this.managers = managers;
        this.timeline = timeline;
        this.history = history;
        this.ledger = ledger;
        this.events = events;
        this.random = random;
    }

    void begin() {
        think(++turns);
    }

    void end() {
        over = true;
    }

    private void think(long turn) {
        timeline.after(Duration.ofNanos(random.nextLong(LONGEST_THOUGHT.toNanos())), () -> {
            if (!over && turn == turns) {
                ask(turn);
            }
        });
    }

    private void ask(long turn) {
        var manager = random.nextInt(3) > 0
                ? managers.stream().filter(SimulatedManager::leads).findFirst().orElse(managers.getFirst())
                : managers.get(random.nextInt(managers.size()));
        timeline.after(PATIENCE, () -> next(turn));
        if (!manager.host().up()) {
            think(turn);
            return;
        }
        var wish = wish();
        manager.host().fork(name, () -> {
            try {
                wish.accept(manager.control());
            } catch (ControlFailure e) {
                events.add(name + " is refused by " + manager.host().name() + ": " + e.getMessage());
            }
            timeline.soon(() -> next(turn));
        });
    }

    private void next(long turn) {
        if (turn == turns) {
            think(++turns);
        }
    }

    private Consumer<Control> wish() {
        var service = services.get(random.nextInt(services.size()));
        return switch (random.nextInt(12)) {
            case 0, 1, 2 -> this::count;
            case 3, 4 -> this::look;
            case 5 -> control -> remove(control, service);
            case 6 -> control -> scale(control, service);
            case 7 -> control -> rollBack(control, service);
            case 8 -> random.nextInt(NODES_KEPT) == 0 ? this::removeNode : this::setAvailability;
            default -> control -> update(control, service);
        };
    }

    private String secret() {
        return name + "-secret";
    }

    /** Writes the next number. */
    private void count(Control control) {
        var before = stored(control);
        long value = ledger.attempt(secret());
        if (before.isEmpty()) {
            control.createSecret(
                    CreateSecretRequest.newBuilder().setSpec(counting(value)).build());
        } else {
            control.updateSecret(UpdateSecretRequest.newBuilder()
                    .setId(before.get().getId())
                    .setVersion(before.get().getMeta().getVersion())
                    .setSpec(counting(value).clearData())
                    .build());
        }
        written(value);
    }

    private Optional<Secret> stored(Control control) {
        return control.listSecrets(ListSecretsRequest.getDefaultInstance()).getSecretsList().stream()
                .filter(secret -> secret.getSpec().getAnnotations().getName().equals(secret()))
                .findFirst();
    }

    private void written(long value) {
        events.add(name + " has counted to " + value);
        ledger.acknowledged(secret(), value, history.current());
    }

    private SecretSpec.Builder counting(long value) {
        var spec = SecretSpec.newBuilder().setData(ByteString.copyFromUtf8("secret"));
        spec.getAnnotationsBuilder().setName(secret()).putLabels(Ledger.LABEL, Long.toString(value));
        return spec;
    }

    private void look(Control control) {
        long acknowledged = ledger.acknowledged(secret());
        long value = stored(control)
                .map(secret -> Ledger.count(secret.getSpec().getAnnotations().getLabelsMap()))
                .orElse(0L);
        ledger.read(secret(), value, acknowledged);
    }

    private void update(Control control, String service) {
        var image = IMAGES.get(random.nextInt(IMAGES.size()));
        try {
            var before = find(control, service);
            change(control, before, Specs.image(before.getSpec().toBuilder(), image), "runs " + image);
        } catch (ControlFailure e) {
            if (String.valueOf(e.getMessage()).endsWith("not found")) {
                create(control, service);
            } else {
                throw e;
            }
        }
    }

    private void create(Control control, String service) {
        var created = control.createService(CreateServiceRequest.newBuilder()
                        .setSpec(RandomSpecs.service(service, random))
                        .build())
                .getService();
        events.add(name + " has created " + service + " " + created.getId());
        ledger.acknowledgedService(created.getId(), created.getMeta().getVersion(), history.current());
    }

    private void scale(Control control, String service) {
        var before = find(control, service);
        if (before.getSpec().hasReplicated()) {
            var spec = before.getSpec().toBuilder();
            int replicas = random.nextInt(7);
            spec.getReplicatedBuilder().setReplicas(replicas);
            change(control, before, spec, "has " + replicas + " replicas");
        }
    }

    private void change(Control control, Service before, ServiceSpec.Builder spec, String what) {
        var after = control.updateService(UpdateServiceRequest.newBuilder()
                        .setId(before.getId())
                        .setVersion(before.getMeta().getVersion())
                        .setSpec(spec)
                        .build())
                .getService();
        events.add(name + ": " + before.getSpec().getAnnotations().getName() + " " + what);
        ledger.acknowledgedService(after.getId(), after.getMeta().getVersion(), history.current());
    }

    private void rollBack(Control control, String service) {
        var before = find(control, service);
        if (before.hasPreviousSpec()) {
            var after = control.updateService(UpdateServiceRequest.newBuilder()
                            .setId(before.getId())
                            .setVersion(before.getMeta().getVersion())
                            .setRollback(true)
                            .build())
                    .getService();
            events.add(name + " has rolled " + service + " back");
            ledger.acknowledgedService(after.getId(), after.getMeta().getVersion(), history.current());
        }
    }

    private void remove(Control control, String service) {
        var before = find(control, service);
        ledger.removing(before.getId());
        control.removeService(
                RemoveServiceRequest.newBuilder().setId(before.getId()).build());
        events.add(name + " has removed " + service);
    }

    private void setAvailability(Control control) {
        if (nodes.isEmpty()) {
            return;
        }
        var node = nodes.get(random.nextInt(nodes.size()));
        var availability = Availability.forNumber(random.nextInt(3));
        setAvailability(control, node, availability);
    }

    private void setAvailability(Control control, String nodeId, Availability availability) {
        var before = control.getNode(GetNodeRequest.newBuilder().setId(nodeId).build())
                .getNode();
        if (before.getSpec().getAvailability() != availability) {
            control.updateNode(UpdateNodeRequest.newBuilder()
                    .setId(nodeId)
                    .setVersion(before.getMeta().getVersion())
                    .setSpec(before.getSpec().toBuilder().setAvailability(availability))
                    .build());
            events.add(name + ": " + nodeId + " is " + availability);
        }
    }

    /** The last one, by force: it is never needed again. */
    private void removeNode(Control control) {
        if (!nodes.isEmpty()) {
            var node = nodes.getLast();
            control.removeNode(
                    RemoveNodeRequest.newBuilder().setId(node).setForce(true).build());
            events.add(name + " has removed " + node);
        }
    }

    private static Service find(Control control, String service) {
        return control.getService(GetServiceRequest.newBuilder().setId(service).build())
                .getService();
    }

    /** Wants only what is possible, and asks until it is granted. Inside a fiber. */
    void putRight(Control control) {
        for (var node : nodes) {
            if (history.current().node(node).isPresent()) {
                setAvailability(control, node, Availability.AVAILABILITY_ACTIVE);
            }
        }
        for (var service : services) {
            if (history.current().serviceNamed(service).isPresent()) {
                var before = find(control, service);
                change(control, before, RandomSpecs.modest(before.getSpec()), "is as it is to stay");
            }
        }
    }
}
