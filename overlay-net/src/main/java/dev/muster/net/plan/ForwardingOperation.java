package dev.muster.net.plan;

/** One step on a network's bridge on this node. */
public sealed interface ForwardingOperation {
    /** From now on {@code address} is behind the host {@code underlay}, wherever it was before. */
    record PlaceRemote(Ipv4 address, Ipv4 underlay) implements ForwardingOperation {}

    /** Nobody has {@code address} any more. */
    record ForgetRemote(Ipv4 address, Ipv4 underlay) implements ForwardingOperation {}

    /** The bridge answers for a virtual address. */
    record AddVip(Ipv4 address) implements ForwardingOperation {}

    record RemoveVip(Ipv4 address) implements ForwardingOperation {}
}
