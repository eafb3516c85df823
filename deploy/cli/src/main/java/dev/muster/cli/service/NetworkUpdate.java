package dev.muster.cli.service;

import dev.muster.api.NetworkAttachmentConfig;
import dev.muster.cli.command.CommandFailure;
import dev.muster.cli.flag.Arguments;
import dev.muster.cli.value.NetworkOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.UnaryOperator;

/** {@code --network-rm}, then {@code --network-add}. Specs hold ids, users say names. */
final class NetworkUpdate {

    private NetworkUpdate() {}

    static List<NetworkAttachmentConfig> apply(
            Arguments flags, List<NetworkAttachmentConfig> current, UnaryOperator<String> networkId) {
        List<NetworkAttachmentConfig> networks = new ArrayList<>(current);
        for (String name : flags.list("network-rm")) {
            String id = networkId.apply(name);
            networks.removeIf(network -> network.getTarget().equals(id));
        }
        for (String text : flags.list("network-add")) {
            NetworkAttachmentConfig added = NetworkOption.parse(text);
            String id = networkId.apply(added.getTarget());
            if (networks.stream().anyMatch(network -> network.getTarget().equals(id))) {
                throw new CommandFailure("service is already attached to network " + added.getTarget());
            }
            networks.add(added.toBuilder().setTarget(id).build());
        }
        networks.sort(Comparator.comparing(NetworkAttachmentConfig::getTarget));
        return networks;
    }
}
