package dev.muster.manager.logs;

import dev.muster.api.SubscriptionMessage;

/** The stream on which one agent is told what to send. A boundary: gRPC is behind it, or a test. Never blocks. */
interface AgentLink {
    void send(SubscriptionMessage message);

    /** Ends the stream: this manager leads no more, or the agent has opened another one. */
    void end(String why);
}
