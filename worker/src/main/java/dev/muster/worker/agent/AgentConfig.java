package dev.muster.worker.agent;

import java.util.List;

/**
 * How this node takes part in its cluster.
 *
 * @param managers addresses to begin with, HOST:PORT; on a manager node its own first. More are learned
 * @param dataPathAddress the address that other nodes' VXLAN traffic comes to; empty: the one that managers see
 */
public record AgentConfig(List<String> managers, String dataPathAddress) {
    public AgentConfig {
        managers = List.copyOf(managers);
    }
}
