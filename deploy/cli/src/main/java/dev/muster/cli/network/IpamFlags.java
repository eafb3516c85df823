package dev.muster.cli.network;

import dev.muster.api.Driver;
import dev.muster.api.Ipam;
import dev.muster.api.IpamConfig;
import dev.muster.cli.command.CommandFailure;
import dev.muster.cli.flag.Arguments;
import dev.muster.cli.value.Pairs;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code --subnet}, and the ranges, gateways and auxiliary addresses that lie in them. */
final class IpamFlags {

    private IpamFlags() {}

    /** Nothing if no flag says anything of addresses. */
    static Optional<Ipam> of(Arguments flags) {
        Ipam.Builder ipam = Ipam.newBuilder();
        Map<String, String> options = Pairs.map(flags.list("ipam-opt"));
        if (flags.has("ipam-driver") || !options.isEmpty()) {
            ipam.setDriver(
                    Driver.newBuilder().setName(flags.text("ipam-driver")).putAllOptions(options));
        }
        Map<String, IpamConfig.Builder> subnets = subnets(flags.list("subnet"));
        int needed = flags.list("ip-range").size() + flags.list("gateway").size();
        if (subnets.isEmpty() && needed > 0) {
            throw new CommandFailure("every ip-range or gateway must have a corresponding subnet");
        }
        for (String range : flags.list("ip-range")) {
            IpamConfig.Builder config = matching(subnets, range, "range");
            if (!config.getRange().isEmpty()) {
                throw new CommandFailure("cannot configure multiple ranges (" + range + ", " + config.getRange()
                        + ") on the same subnet");
            }
            config.setRange(range);
        }
        for (String gateway : flags.list("gateway")) {
            IpamConfig.Builder config = matching(subnets, gateway, "gateway");
            if (!config.getGateway().isEmpty()) {
                throw new CommandFailure("cannot configure multiple gateways (" + gateway + ", " + config.getGateway()
                        + ") for the same subnet");
            }
            config.setGateway(gateway);
        }
        Pairs.map(flags.list("aux-address"))
                .forEach((name, address) ->
                        matching(subnets, address, "aux-address").putAuxiliary(name, address));
        subnets.values().forEach(ipam::addConfigs);
        boolean nothing = ipam.getConfigsCount() == 0 && !ipam.hasDriver();
        return nothing ? Optional.empty() : Optional.of(ipam.build());
    }

    private static Map<String, IpamConfig.Builder> subnets(List<String> texts) {
        Map<String, IpamConfig.Builder> subnets = new LinkedHashMap<>();
        List<Cidr> before = new ArrayList<>();
        for (String text : texts) {
            Cidr subnet = Cidr.parse(text);
            if (before.stream().anyMatch(other -> other.contains(subnet) || subnet.contains(other))) {
                throw new CommandFailure("multiple overlapping subnet configuration is not supported");
            }
            before.add(subnet);
            subnets.put(text, IpamConfig.newBuilder().setSubnet(text));
        }
        return subnets;
    }

    private static IpamConfig.Builder matching(Map<String, IpamConfig.Builder> subnets, String address, String what) {
        Cidr wanted = Cidr.parse(address);
        return subnets.entrySet().stream()
                .filter(subnet -> Cidr.parse(subnet.getKey()).contains(wanted))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElseThrow(() -> new CommandFailure("no matching subnet for " + what + " " + address));
    }
}
