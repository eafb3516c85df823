package dev.muster.manager.control;

import dev.muster.api.Ipam;
import dev.muster.api.IpamConfig;
import dev.muster.api.Names;
import dev.muster.api.NetworkSpec;
import dev.muster.http.RpcCode;
import java.util.Set;

/** Whether a network's spec makes sense by itself, and asks only for what is there. Pure. */
final class NetworkSpecCheck {
    private static final Set<String> PREDEFINED = Set.of("host", "bridge", "none");
    private static final String PREDEFINED_LABEL = "com.docker.swarm.predefined";
    private static final int LONGEST_PREFIX = 29;
    private static final int SHORTEST_PREFIX = 8;

    private NetworkSpecCheck() {}

    static void check(NetworkSpec spec) {
        var name = spec.getAnnotations().getName();
        Names.problemOfService(name).ifPresent(problem -> {
            throw ControlFailure.invalid(problem);
        });
        if (PREDEFINED.contains(name)) {
            throw new ControlFailure(
                    RpcCode.PERMISSION_DENIED, "operation is not permitted on predefined " + name + " network");
        }
        if (spec.getAnnotations().containsLabels(PREDEFINED_LABEL)) {
            throw new ControlFailure(
                    RpcCode.PERMISSION_DENIED, "label " + PREDEFINED_LABEL + " is for internally created networks");
        }
        driver(spec);
        if (spec.getIpv6()) {
            throw ControlFailure.notYet("IPv6 in overlay networks");
        }
        if (!spec.getConfigFrom().isEmpty()) {
            throw ControlFailure.notYet("taking a network's configuration from another network");
        }
        if (!spec.getScope().isEmpty() && !spec.getScope().equals("swarm")) {
            throw ControlFailure.invalid(
                    "invalid scope \"" + spec.getScope() + "\": overlay networks are of swarm scope");
        }
        if (spec.getIngress() && spec.getAttachable()) {
            throw ControlFailure.invalid("ingress network cannot be attachable");
        }
        if (spec.hasIpam()) {
            ipam(spec.getIpam());
        }
    }

    private static void driver(NetworkSpec spec) {
        var driver = spec.getDriver();
        if (!driver.getName().isEmpty() && !driver.getName().equals("overlay")) {
            throw ControlFailure.notYet("network driver \"" + driver.getName() + "\" (only overlay is there)");
        }
        for (var option : driver.getOptionsMap().keySet()) {
            throw ControlFailure.notYet(
                    option.equals("encrypted")
                            ? "encrypted overlay networks"
                            : "network driver option \"" + option + "\"");
        }
    }

    private static void ipam(Ipam ipam) {
        var driver = ipam.getDriver();
        if (!driver.getName().isEmpty() && !driver.getName().equals("default")) {
            throw ControlFailure.notYet("address management driver \"" + driver.getName() + "\"");
        }
        if (!driver.getOptionsMap().isEmpty()) {
            throw ControlFailure.notYet("options of the address management driver");
        }
        if (ipam.getConfigsCount() > 1) {
            throw ControlFailure.notYet("more than one subnet in a network");
        }
        ipam.getConfigsList().forEach(NetworkSpecCheck::config);
    }

    private static void config(IpamConfig config) {
        if (config.getSubnet().isEmpty()) {
            if (!config.getRange().isEmpty() || !config.getGateway().isEmpty()) {
                throw ControlFailure.invalid("ipam configuration: a range or gateway needs a subnet");
            }
            return;
        }
        if (config.getSubnet().indexOf(':') >= 0) {
            throw ControlFailure.notYet("IPv6 in overlay networks");
        }
        var subnet = Subnet.parse(config.getSubnet())
                .orElseThrow(() -> ControlFailure.invalid("ipam configuration: invalid subnet " + config.getSubnet()));
        if (!subnet.toString().equals(config.getSubnet())) {
            throw ControlFailure.invalid(
                    "ipam configuration: invalid subnet " + config.getSubnet() + ": it should be " + subnet);
        }
        if (subnet.prefix() > LONGEST_PREFIX || subnet.prefix() < SHORTEST_PREFIX) {
            throw ControlFailure.invalid("ipam configuration: invalid subnet " + subnet + ": its length must be from /"
                    + SHORTEST_PREFIX + " to /" + LONGEST_PREFIX);
        }
        if (!config.getRange().isEmpty()) {
            var range = Subnet.parse(config.getRange())
                    .orElseThrow(
                            () -> ControlFailure.invalid("ipam configuration: invalid range " + config.getRange()));
            if (!subnet.contains(range)) {
                throw ControlFailure.invalid(
                        "ipam configuration: subnet " + subnet + " does not contain range " + config.getRange());
            }
        }
        if (!config.getGateway().isEmpty()) {
            var gateway = Subnet.address(config.getGateway())
                    .orElseThrow(
                            () -> ControlFailure.invalid("ipam configuration: invalid gateway " + config.getGateway()));
            if (!subnet.contains(gateway)) {
                throw ControlFailure.invalid(
                        "ipam configuration: subnet " + subnet + " does not contain gateway " + config.getGateway());
            }
        }
        if (!config.getAuxiliaryMap().isEmpty()) {
            throw ControlFailure.notYet("auxiliary addresses");
        }
    }
}
