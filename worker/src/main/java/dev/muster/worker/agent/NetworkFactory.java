package dev.muster.worker.agent;

import dev.muster.worker.task.SandboxNetwork;

/** Opens this node's networks, once the cluster's settings are known. */
@FunctionalInterface
public interface NetworkFactory {

    /**
     * Adopts what is there.
     *
     * @param underlayAddress this node's, that others send to
     * @throws dev.muster.net.OverlayException if the host lacks what is needed
     */
    SandboxNetwork open(String underlayAddress, int vxlanPort);
}
