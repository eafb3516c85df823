package dev.muster.manager.control;

import com.google.protobuf.Duration;
import dev.muster.api.EndpointSpec;
import dev.muster.api.Names;
import dev.muster.api.PortConfig;
import dev.muster.api.PortProtocol;
import dev.muster.api.PublishMode;
import dev.muster.api.ResourceRequirements;
import dev.muster.api.ServiceSpec;
import dev.muster.api.TaskSpec;
import dev.muster.api.UpdateConfig;
import java.math.BigDecimal;
import java.util.HashSet;
import java.util.Set;

/** Whether a service spec makes sense by itself, in swarm's words. Looks at no other object. Pure. */
final class ServiceSpecCheck {
    private static final long MIN_NANO_CPUS = 1_000_000;
    private static final int NANO_DIGITS = 9;
    private static final long MIN_MEMORY_BYTES = 4L << 20;
    private static final int MAX_PORT = 65535;

    private ServiceSpecCheck() {}

    static void check(ServiceSpec spec) {
        Names.problemOfService(spec.getAnnotations().getName()).ifPresent(problem -> {
            throw ControlFailure.invalid(problem);
        });
        task(spec.getTask());
        mode(spec);
        if (spec.hasUpdate()) {
            update(spec.getUpdate());
        }
        if (spec.hasRollback()) {
            update(spec.getRollback());
        }
        endpoint(spec.getEndpoint());
    }

    private static void task(TaskSpec task) {
        if (!task.hasContainer()) {
            throw ControlFailure.invalid("TaskSpec: missing runtime");
        }
        resources(task.getResources());
        notNegative(task.getRestart().getDelay(), "restart-delay");
        notNegative(task.getRestart().getWindow(), "restart-window");
        ConstraintCheck.check(task.getPlacement().getConstraintsList());
        ContainerSpecCheck.check(task.getContainer());
        var networks = new HashSet<String>();
        for (var network : task.getNetworksList()) {
            if (network.getTarget().isEmpty()) {
                throw ControlFailure.invalid("a network attachment names no network");
            }
            if (!network.getDriverOptsMap().isEmpty()) {
                throw ControlFailure.notYet("driver options of a service's network attachment");
            }
            if (!networks.add(network.getTarget())) {
                throw ControlFailure.invalid("network " + network.getTarget() + " is attached twice");
            }
        }
    }

    private static void resources(ResourceRequirements resources) {
        cpus(resources.getLimits().getNanoCpus());
        memory(resources.getLimits().getMemoryBytes());
        cpus(resources.getReservations().getNanoCpus());
        memory(resources.getReservations().getMemoryBytes());
        if (resources.getLimits().getPids() < 0) {
            throw ControlFailure.invalid(
                    "invalid pids limit " + resources.getLimits().getPids() + ": Must not be negative");
        }
        for (var generic : resources.getReservations().getGenericList()) {
            if (!generic.hasDiscrete() || generic.getDiscrete() <= 0) {
                throw ControlFailure.invalid("invalid generic resource '" + generic.getKind()
                        + "': a service asks for a number of them, greater than zero");
            }
        }
    }

    private static void cpus(long nanoCpus) {
        if (nanoCpus != 0 && nanoCpus < MIN_NANO_CPUS) {
            throw ControlFailure.invalid(
                    "invalid cpu value " + cores(nanoCpus) + ": Must be at least " + cores(MIN_NANO_CPUS));
        }
    }

    private static String cores(long nanoCpus) {
        return BigDecimal.valueOf(nanoCpus, NANO_DIGITS).stripTrailingZeros().toPlainString();
    }

    private static void memory(long bytes) {
        if (bytes != 0 && bytes < MIN_MEMORY_BYTES) {
            throw ControlFailure.invalid("invalid memory value " + bytes + ": Must be at least 4MiB");
        }
    }

    private static void mode(ServiceSpec spec) {
        switch (spec.getModeCase()) {
            case REPLICATED -> {
                if (spec.getReplicated().getReplicas() < 0) {
                    throw ControlFailure.invalid("Number of replicas must be non-negative");
                }
            }
            case REPLICATED_JOB -> {
                if (spec.getReplicatedJob().getMaxConcurrent() < 0) {
                    throw ControlFailure.invalid("Maximum concurrent jobs must not be negative");
                }
                if (spec.getReplicatedJob().getTotalCompletions() < 0) {
                    throw ControlFailure.invalid("Total completed jobs must not be negative");
                }
                job(spec);
            }
            case GLOBAL_JOB -> job(spec);
            // Not said means replicated with one replica.
            case GLOBAL, MODE_NOT_SET -> {}
        }
    }

    private static void job(ServiceSpec spec) {
        if (spec.hasUpdate() || spec.hasRollback()) {
            throw ControlFailure.invalid("Jobs may not have an update config");
        }
    }

    private static void update(UpdateConfig update) {
        notNegative(update.getDelay(), "update-delay");
        notNegative(update.getMonitor(), "update-monitor");
        // Written so that a ratio that is no number is refused too.
        if (!(update.getMaxFailureRatio() >= 0 && update.getMaxFailureRatio() <= 1)) {
            throw ControlFailure.invalid("TaskSpec: update-maxfailureratio cannot be less than 0 or bigger than 1");
        }
    }

    private static void notNegative(Duration duration, String what) {
        if (duration.getSeconds() < 0 || duration.getNanos() < 0) {
            throw ControlFailure.invalid("TaskSpec: " + what + " cannot be negative");
        }
    }

    private record Published(int port, PortProtocol protocol) {}

    private static void endpoint(EndpointSpec endpoint) {
        Set<Published> seen = new HashSet<>();
        for (var port : endpoint.getPortsList()) {
            port(port);
            if (endpoint.getMode() == EndpointSpec.Mode.DNSRR && port.getPublishMode() == PublishMode.PUBLISH_INGRESS) {
                throw ControlFailure.invalid(
                        "EndpointSpec: port published with ingress mode can't be used with dnsrr mode");
            }
            // A published port left open is chosen later and collides with nothing.
            if (port.getPublishedPort() != 0 && !seen.add(new Published(port.getPublishedPort(), port.getProtocol()))) {
                throw ControlFailure.invalid("EndpointSpec: duplicate published ports provided");
            }
        }
    }

    private static void port(PortConfig port) {
        if (port.getTargetPort() == 0) {
            throw ControlFailure.invalid("EndpointSpec: a published port needs a target port");
        }
        if (!isPort(port.getTargetPort()) || !(port.getPublishedPort() == 0 || isPort(port.getPublishedPort()))) {
            throw ControlFailure.invalid("EndpointSpec: ports are numbers from 1 to " + MAX_PORT);
        }
        if (port.getProtocol() == PortProtocol.PROTOCOL_SCTP) {
            throw ControlFailure.notYet("publishing sctp ports");
        }
    }

    private static boolean isPort(int port) {
        return port > 0 && port <= MAX_PORT;
    }
}
