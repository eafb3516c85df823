package dev.muster.manager.control;

import dev.muster.api.EndpointSpec;
import dev.muster.api.PortConfig;
import dev.muster.api.PortProtocol;
import dev.muster.api.PublishMode;
import dev.muster.api.Service;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Published ports that two services cannot both have: a port of the routing mesh is one service's on every node. Two
 * services may publish the same port of their nodes, which the scheduler keeps apart. Pure.
 */
final class PublishedPorts {
    private record Port(int number, PortProtocol protocol) {
        static Port of(PortConfig port) {
            return new Port(port.getPublishedPort(), port.getProtocol());
        }
    }

    private PublishedPorts() {}

    /** @param serviceId the service that wants them: it is no obstacle to itself */
    static void requireFree(EndpointSpec wanted, String serviceId, Collection<Service> services) {
        var ingress = published(wanted, PublishMode.PUBLISH_INGRESS);
        var host = published(wanted, PublishMode.PUBLISH_HOST);
        if (ingress.isEmpty() && host.isEmpty()) {
            return;
        }
        for (var service : services) {
            if (!service.getId().equals(serviceId) && !service.getPendingDelete()) {
                requireFree(ingress, host, service);
            }
        }
    }

    private static void requireFree(Set<Port> ingress, Set<Port> host, Service service) {
        Stream.concat(
                        service.getSpec().getEndpoint().getPortsList().stream(),
                        service.getEndpoint().getPortsList().stream())
                .filter(port -> port.getPublishedPort() != 0)
                .forEach(port -> {
                    var taken = Port.of(port);
                    var inMesh = port.getPublishMode() == PublishMode.PUBLISH_INGRESS;
                    if (ingress.contains(taken) || (inMesh && host.contains(taken))) {
                        throw ControlFailure.invalid("port '" + taken.number() + "' is already in use by service '"
                                + service.getSpec().getAnnotations().getName() + "' (" + service.getId() + ") as "
                                + (inMesh ? "an ingress port" : "a host-published port"));
                    }
                });
    }

    private static Set<Port> published(EndpointSpec endpoint, PublishMode mode) {
        var ports = new HashSet<Port>();
        for (var port : endpoint.getPortsList()) {
            if (port.getPublishMode() == mode && port.getPublishedPort() != 0) {
                ports.add(Port.of(port));
            }
        }
        return ports;
    }
}
