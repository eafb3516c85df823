package dev.muster.cli.node;

import dev.muster.api.Node;
import dev.muster.api.NodeRole;
import dev.muster.api.UpdateNodeRequest;
import dev.muster.api.UpdateNodeResponse;
import dev.muster.cli.command.CommandFailure;
import dev.muster.cli.command.EachOf;
import dev.muster.cli.command.Invocation;
import java.util.Locale;

/** {@code node promote} and {@code node demote}: what a node should be. The cluster makes it so. */
final class RoleCommands {
    private RoleCommands() {}

    static int promote(Invocation invocation) {
        return EachOf.run(invocation.arguments().rest(), name -> {
            Node node = NodeNames.get(invocation, name);
            if (node.getSpec().getRole() == NodeRole.ROLE_MANAGER) {
                invocation.print("Node " + node.getId() + " is already a manager.");
                return;
            }
            change(invocation, node, NodeRole.ROLE_MANAGER);
            invocation.print("Node " + name + " promoted to a manager in the swarm.");
        });
    }

    static int demote(Invocation invocation) {
        return EachOf.run(invocation.arguments().rest(), name -> {
            Node node = NodeNames.get(invocation, name);
            if (node.getSpec().getRole() == NodeRole.ROLE_WORKER) {
                invocation.print("Node " + node.getId() + " is already a worker.");
                return;
            }
            change(invocation, node, NodeRole.ROLE_WORKER);
            invocation.print("Manager " + name + " demoted in the swarm.");
        });
    }

    static NodeRole role(String word) {
        return switch (word.toLowerCase(Locale.ROOT)) {
            case "worker" -> NodeRole.ROLE_WORKER;
            case "manager" -> NodeRole.ROLE_MANAGER;
            default -> throw new CommandFailure("invalid role \"" + word + "\", only worker and manager are supported");
        };
    }

    private static void change(Invocation invocation, Node node, NodeRole role) {
        var request = UpdateNodeRequest.newBuilder()
                .setId(node.getId())
                .setVersion(node.getMeta().getVersion())
                .setSpec(node.getSpec().toBuilder().setRole(role))
                .build();
        invocation.daemon().control("UpdateNode", request, UpdateNodeResponse.parser());
    }
}
