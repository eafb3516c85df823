package dev.muster.cli.service;

import dev.muster.api.Filter;
import dev.muster.api.ListServicesRequest;
import dev.muster.api.ListServicesResponse;
import dev.muster.api.Service;
import dev.muster.api.ServiceCounts;
import dev.muster.cli.command.Invocation;
import dev.muster.cli.flag.Filters;
import dev.muster.cli.flag.Flags;
import dev.muster.cli.output.Listing;
import dev.muster.cli.output.NaturalOrder;
import dev.muster.cli.output.Row;
import dev.muster.cli.output.Words;
import dev.muster.stack.grammar.ImageName;
import java.util.Comparator;
import java.util.List;

/** {@code service ls}, and the list that {@code stack services} prints. */
public final class ServiceList {

    private static final Listing LISTING = Listing.columns(
            "ID", "ID", "Name", "NAME", "Mode", "MODE", "Replicas", "REPLICAS", "Image", "IMAGE", "Ports", "PORTS");

    private ServiceList() {}

    public static Flags flags() {
        return new Flags().filter().format().quiet("Show ids only");
    }

    static int run(Invocation invocation) {
        print(invocation, fetch(invocation, Filters.of(invocation.arguments().list("filter"))));
        return 0;
    }

    public static ListServicesResponse fetch(Invocation invocation, List<Filter> filters) {
        var request = ListServicesRequest.newBuilder().addAllFilters(filters).build();
        return invocation.daemon().control("ListServices", request, ListServicesResponse.parser());
    }

    public static void print(Invocation invocation, ListServicesResponse found) {
        List<Service> services = found.getServicesList().stream()
                .sorted(Comparator.comparing(
                        service -> service.getSpec().getAnnotations().getName(), NaturalOrder.INSTANCE))
                .toList();
        if (invocation.is("quiet") && !invocation.arguments().has("format")) {
            services.forEach(service -> invocation.print(Words.shortId(service.getId())));
            return;
        }
        List<Row> rows = services.stream()
                .map(service ->
                        row(service, found.getCountsOrDefault(service.getId(), ServiceCounts.getDefaultInstance())))
                .toList();
        LISTING.print(invocation.console(), invocation.text("format"), rows);
    }

    private static Row row(Service service, ServiceCounts counts) {
        var spec = service.getSpec();
        return Row.of(
                        "ID", Words.shortId(service.getId()),
                        "Name", spec.getAnnotations().getName(),
                        "Mode", Words.mode(spec),
                        "Replicas", replicas(service, counts),
                        "Image",
                                ImageName.withoutDigest(
                                        spec.getTask().getContainer().getImage()),
                        "Ports", Words.ports(service.getEndpoint().getPortsList()))
                .withLabels(spec.getAnnotations().getLabelsMap());
    }

    static String replicas(Service service, ServiceCounts counts) {
        var spec = service.getSpec();
        String running = counts.getRunning() + "/" + counts.getDesired();
        if (spec.hasReplicatedJob()) {
            var job = spec.getReplicatedJob();
            long total = job.hasTotalCompletions() ? job.getTotalCompletions() : Math.max(1, job.getMaxConcurrent());
            return running + " (" + counts.getCompleted() + "/" + total + " completed)";
        }
        if (spec.hasGlobalJob()) {
            long total = counts.getDesired() + counts.getCompleted();
            return running + " (" + counts.getCompleted() + "/" + total + " completed)";
        }
        long most = spec.getTask().getPlacement().getMaxReplicas();
        return running + (most > 0 && spec.hasReplicated() ? " (max " + most + " per node)" : "");
    }
}
