package dev.muster.manager.control;

import dev.muster.api.CreateServiceRequest;
import dev.muster.api.CreateServiceResponse;
import dev.muster.api.GetServiceRequest;
import dev.muster.api.GetServiceResponse;
import dev.muster.api.Ids;
import dev.muster.api.ListServicesRequest;
import dev.muster.api.ListServicesResponse;
import dev.muster.api.PullOptions;
import dev.muster.api.RemoveServiceRequest;
import dev.muster.api.RemoveServiceResponse;
import dev.muster.api.Service;
import dev.muster.api.ServiceSpec;
import dev.muster.api.UpdateServiceRequest;
import dev.muster.api.UpdateServiceRequest.AuthFrom;
import dev.muster.api.UpdateServiceResponse;
import dev.muster.manager.revision.SpecChange;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Services: created, looked at, updated, rolled back, removed. */
final class Services {
    private static final Set<String> FILTERS = Set.of("id", "name", "label", "mode", "runtime");
    private static final Set<String> MODES = Set.of("replicated", "global", "replicated-job", "global-job");
    private static final Set<String> RUNTIMES = Set.of("container", "plugin");

    private final Transactions transactions;
    private final ImagePins pins;
    private final InstantSource clock;
    private final RandomGenerator random;

    Services(Transactions transactions, ImagePins pins, InstantSource clock, RandomGenerator random) {
        this.transactions = transactions;
        this.pins = pins;
        this.clock = clock;
        this.random = random;
    }

    CreateServiceResponse create(CreateServiceRequest request) {
        ServiceSpecCheck.check(request.getSpec());
        var authorized = withAuth(request.getSpec(), request.getRegistryAuth());
        // What cannot be created is refused before a registry is asked.
        check(transactions.read(), authorized, "");
        var pinned = request.getResolveImage()
                ? pins.pin(authorized, request.getRegistryAuth())
                : new ImagePins.Pinned(authorized, Optional.empty());
        var id = Ids.create(random);
        var written = transactions.write("CreateService", Service.class, (state, changes) -> {
            var change = SpecChange.created(id, check(state, pinned.spec(), ""), clock.instant());
            put(changes, change, true);
            return change.service();
        });
        var response = CreateServiceResponse.newBuilder().setService(stored(written));
        pinned.warning().ifPresent(response::addWarnings);
        return response.build();
    }

    /** The spec with ids in it, if there may be such a service; {@code id} is its own, if it is there already. */
    static ServiceSpec check(ClusterState state, ServiceSpec spec, String id) {
        var name = spec.getAnnotations().getName();
        if (state.serviceNamed(name).filter(taken -> !taken.getId().equals(id)).isPresent()) {
            throw ControlFailure.exists("name conflicts with an existing object: service " + name + " already exists");
        }
        var resolved = References.to(state).resolve(spec);
        PublishedPorts.requireFree(spec.getEndpoint(), id, state.services().values());
        return resolved;
    }

    /** Puts the service, and its revision if there is a new one, into the change set. */
    static void put(ChangeSetBuilder changes, SpecChange change, boolean create) {
        change.revision().ifPresent(changes::create);
        if (create) {
            changes.create(change.service());
        } else {
            changes.update(change.service());
        }
    }

    GetServiceResponse get(GetServiceRequest request) {
        var state = transactions.read();
        var service = Lookup.service(state, request.getId());
        return GetServiceResponse.newBuilder()
                .setService(Redaction.shown(service))
                .setCounts(Counts.of(state, service))
                .build();
    }

    ListServicesResponse list(ListServicesRequest request) {
        var filters = Filters.of(request.getFiltersList(), FILTERS);
        var state = transactions.read();
        var response = ListServicesResponse.newBuilder();
        for (var service : state.services().values()) {
            var annotations = service.getSpec().getAnnotations();
            if (!service.getPendingDelete()
                    && filters.prefix("id", service.getId())
                    && filters.namePrefix("name", annotations.getName())
                    && filters.labels("label", annotations.getLabelsMap())
                    && filters.word("mode", mode(service.getSpec()), MODES)
                    && filters.word("runtime", "container", RUNTIMES)) {
                response.addServices(Redaction.shown(service));
                response.putCounts(service.getId(), Counts.of(state, service));
            }
        }
        return response.build();
    }

    UpdateServiceResponse update(UpdateServiceRequest request) {
        if (request.getRollback()) {
            return rollBack(request);
        }
        ServiceSpecCheck.check(request.getSpec());
        var before = Lookup.service(transactions.read(), request.getId());
        checkUpdate(before, request);
        var authorized = withKeptAuth(before, request);
        var pinned = request.getResolveImage()
                ? pins.pin(
                        authorized,
                        authorized.getTask().getContainer().getPull().getRegistryAuth())
                : new ImagePins.Pinned(authorized, Optional.empty());
        var written = transactions.write("UpdateService", Service.class, (state, changes) -> {
            var service = Lookup.service(state, before.getId());
            checkUpdate(service, request);
            var resolved = check(state, pinned.spec(), service.getId());
            var change = changed(service, resolved, clock.instant());
            put(changes, change, false);
            return change.service();
        });
        var response = UpdateServiceResponse.newBuilder().setService(stored(written));
        pinned.warning().ifPresent(response::addWarnings);
        return response.build();
    }

    /** A spec sent again unchanged ends a paused update, but is nothing that could be rolled back. */
    static SpecChange changed(Service service, ServiceSpec spec, Instant now) {
        var change = SpecChange.updated(service, spec, now);
        if (!spec.equals(service.getSpec())) {
            return change;
        }
        var kept = change.service().toBuilder().setPreviousRevision(service.getPreviousRevision());
        if (service.hasPreviousSpec()) {
            kept.setPreviousSpec(service.getPreviousSpec());
        } else {
            kept.clearPreviousSpec();
        }
        return new SpecChange(kept.build(), change.revision());
    }

    private UpdateServiceResponse rollBack(UpdateServiceRequest request) {
        var written = transactions.write("RollbackService", Service.class, (state, changes) -> {
            var service = Lookup.service(state, request.getId());
            if (service.getMeta().getVersion() != request.getVersion()) {
                throw ControlFailure.outOfSequence();
            }
            var change = SpecChange.rolledBack(service, clock.instant())
                    .orElseThrow(() -> ControlFailure.precondition(
                            "service " + request.getId() + " does not have a previous spec"));
            check(state, change.service().getSpec(), service.getId());
            put(changes, change, false);
            return change.service();
        });
        return UpdateServiceResponse.newBuilder().setService(stored(written)).build();
    }

    private static void checkUpdate(Service service, UpdateServiceRequest request) {
        if (service.getMeta().getVersion() != request.getVersion()) {
            throw ControlFailure.outOfSequence();
        }
        var spec = request.getSpec();
        if (!spec.getAnnotations()
                .getName()
                .equals(service.getSpec().getAnnotations().getName())) {
            throw ControlFailure.unimplemented("renaming services is not supported");
        }
        if (!mode(spec).equals(mode(service.getSpec()))) {
            throw ControlFailure.unimplemented("service mode change is not allowed");
        }
    }

    RemoveServiceResponse remove(RemoveServiceRequest request) {
        transactions.commit("RemoveService", (state, changes) -> {
            var service = Lookup.service(state, request.getId());
            changes.update(service.toBuilder().setPendingDelete(true).build());
            return service.getId();
        });
        return RemoveServiceResponse.getDefaultInstance();
    }

    static String mode(ServiceSpec spec) {
        return switch (spec.getModeCase()) {
            case REPLICATED, MODE_NOT_SET -> "replicated";
            case GLOBAL -> "global";
            case REPLICATED_JOB -> "replicated-job";
            case GLOBAL_JOB -> "global-job";
        };
    }

    static ServiceSpec withAuth(ServiceSpec spec, String registryAuth) {
        if (registryAuth.isEmpty()) {
            return spec;
        }
        var authorized = spec.toBuilder();
        authorized
                .getTaskBuilder()
                .getContainerBuilder()
                .setPull(PullOptions.newBuilder().setRegistryAuth(registryAuth));
        return authorized.build();
    }

    /** Credentials are never shown, so who sends a spec back cannot know them: they stay unless there are new ones. */
    private static ServiceSpec withKeptAuth(Service service, UpdateServiceRequest request) {
        if (!request.getRegistryAuth().isEmpty()
                || request.getSpec().getTask().getContainer().hasPull()) {
            return withAuth(request.getSpec(), request.getRegistryAuth());
        }
        if (request.getRegistryAuthFrom() == AuthFrom.PREVIOUS_SPEC) {
            if (!service.hasPreviousSpec()) {
                throw ControlFailure.precondition(
                        "service " + request.getId() + " does not have a previous spec to take credentials from");
            }
            return withAuth(request.getSpec(), auth(service.getPreviousSpec()));
        }
        return withAuth(request.getSpec(), auth(service.getSpec()));
    }

    static String auth(ServiceSpec spec) {
        return spec.getTask().getContainer().getPull().getRegistryAuth();
    }

    /** As it is now; as it was written, if it has been removed since. */
    private Service stored(Service written) {
        return Redaction.shown(
                transactions.afterwards().service(written.getId()).orElse(written));
    }
}
