package dev.muster.cli.node;

import dev.muster.api.Filter;
import dev.muster.api.GetNodeRequest;
import dev.muster.api.GetNodeResponse;
import dev.muster.api.Node;
import dev.muster.api.NodeInfoRequest;
import dev.muster.api.NodeInfoResponse;
import dev.muster.cli.command.Invocation;
import dev.muster.cli.flag.Filters;

/** Names of nodes as users give them: an id, the beginning of one, a host name, or {@code self}. */
public final class NodeNames {

    private static final String SELF = "self";

    private NodeNames() {}

    public static Node get(Invocation invocation, String name) {
        String reference = name.equals(SELF) ? self(invocation).getNodeId() : name;
        if (reference.isEmpty()) {
            throw invocation.failure("node ID not found in /info: this node is not part of a swarm");
        }
        var request = GetNodeRequest.newBuilder().setId(reference).build();
        return invocation
                .daemon()
                .control("GetNode", request, GetNodeResponse.parser())
                .getNode();
    }

    public static NodeInfoResponse self(Invocation invocation) {
        return invocation.daemon().node("NodeInfo", NodeInfoRequest.getDefaultInstance(), NodeInfoResponse.parser());
    }

    /** The filter with ids instead of names. */
    public static Filter resolve(Invocation invocation, Filter filter) {
        return Filters.filter(
                filter.getKey(),
                filter.getValuesList().stream()
                        .map(name -> get(invocation, name).getId())
                        .toList());
    }
}
