package dev.muster.worker.task;

import dev.muster.api.ContainerSpec;
import dev.muster.api.NetworkAttachment;
import dev.muster.api.PortConfig;
import dev.muster.api.PublishMode;
import dev.muster.net.SandboxSpec;
import java.util.ArrayList;
import java.util.List;

/** Which network a task's container is to have. Pure. */
sealed interface SandboxPlan {

    /** One of its own. */
    record Own(SandboxSpec spec) implements SandboxPlan {}

    /** The host's. */
    record Host() implements SandboxPlan {}

    /** None but a loopback. */
    record None() implements SandboxPlan {}

    static SandboxPlan of(AssignedTask assigned, ContainerSpec effective, String hostname) {
        var attachments = new ArrayList<NetworkAttachment>();
        boolean egress = assigned.task().getNetworksCount() == 0;
        for (var attachment : assigned.task().getNetworksList()) {
            var network = assigned.networks().get(attachment.getNetworkId());
            var driver = network == null
                    ? ""
                    : network.getNetwork().getSpec().getDriver().getName();
            switch (driver) {
                case "host" -> {
                    return new Host();
                }
                case "null", "none" -> {
                    return new None();
                }
                // The node's own way out is what Docker's bridge is.
                case "bridge" -> egress = true;
                // An overlay that is not known yet is waited for.
                case "", "overlay" -> attachments.add(withAddress(attachment));
                default ->
                    throw TaskFailure.fatal("network driver \"" + driver + "\" of network "
                            + network.getNetwork().getSpec().getAnnotations().getName()
                            + " is not supported: overlay, host, bridge and none are");
            }
        }
        var dns = effective.getDns();
        return new Own(new SandboxSpec(
                assigned.id(),
                hostname,
                attachments,
                hostPorts(assigned),
                dns.getNameserversList(),
                dns.getSearchList(),
                dns.getOptionsList(),
                egress));
    }

    private static NetworkAttachment withAddress(NetworkAttachment attachment) {
        if (attachment.getAddress().isEmpty()) {
            throw TaskFailure.temporary("network " + attachment.getNetworkId()
                    + " is not known on this node yet: only the node's own networks come without an address");
        }
        return attachment;
    }

    private static List<PortConfig> hostPorts(AssignedTask assigned) {
        return assigned.revision()
                .map(revision -> revision.getEndpoint().getPortsList().stream()
                        .filter(port -> port.getPublishMode() == PublishMode.PUBLISH_HOST)
                        .toList())
                .orElse(List.of());
    }
}
