package dev.muster.net.link;

import dev.muster.net.plan.Mac;

/**
 * The end of a veth pair that is not on a bridge.
 *
 * @param namespace where it goes
 * @param index interface index there; 0: the kernel chooses; respected only if the other end's is given too
 */
public record PeerEnd(NetworkNamespace namespace, String name, int index, Mac mac) {}
