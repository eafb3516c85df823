package dev.muster.manager.logs;

import dev.muster.api.PublishRequest;

/** One node's call that sends what a subscription asked for. A boundary: gRPC is behind it, or a test. */
interface NodeFeed {
    /** The node may send one more request. */
    void grant();

    /** Nothing more is wanted. */
    void end();

    /** What a reader hears, in the order in which it comes. */
    sealed interface Event {}

    record Sent(String nodeId, NodeFeed feed, PublishRequest request) implements Event {}

    /** The call is over; normal if the node had said that it is done. */
    record Over(String nodeId, NodeFeed feed, String why) implements Event {}

    /** Agents have come or gone. */
    record Changed() implements Event {}
}
