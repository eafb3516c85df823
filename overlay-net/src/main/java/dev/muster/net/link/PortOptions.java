package dev.muster.net.link;

/**
 * How a bridge treats one of its ports. No port of ours learns or floods: the bridge knows every address beforehand.
 *
 * @param answersFor whether the bridge itself answers ARP queries that come from the port; the port gets no flooded
 *     frame either
 * @param suppressed whether ARP queries for known addresses stay off the port
 * @param hairpin whether a frame may leave by the port it came from
 * @param isolated whether it reaches only ports that are not isolated
 * @param flooded whether it gets frames for everybody and for nobody known
 */
record PortOptions(
        boolean answersFor, boolean suppressed, boolean hairpin, boolean isolated, boolean flooded, boolean learning) {
    /** A container's or the host's end of a veth pair on an overlay network. */
    static final PortOptions OVERLAY_MEMBER = new PortOptions(true, false, true, false, false, false);

    /** The VXLAN device. */
    static final PortOptions OVERLAY_TUNNEL = new PortOptions(false, true, false, false, false, false);

    /** A container on the egress bridge: it reaches the host and what is behind it, not its neighbours. */
    static final PortOptions EGRESS_MEMBER = new PortOptions(false, false, false, true, true, false);

    private static final int IFLA_BRPORT_MODE = 4;
    private static final int IFLA_BRPORT_LEARNING = 8;
    private static final int IFLA_BRPORT_UNICAST_FLOOD = 9;
    private static final int IFLA_BRPORT_PROXYARP = 10;
    private static final int IFLA_BRPORT_MCAST_FLOOD = 27;
    private static final int IFLA_BRPORT_BCAST_FLOOD = 30;
    private static final int IFLA_BRPORT_NEIGH_SUPPRESS = 32;
    private static final int IFLA_BRPORT_ISOLATED = 33;

    void write(NetlinkRequest request) {
        request.attribute(IFLA_BRPORT_MODE, hairpin)
                .attribute(IFLA_BRPORT_LEARNING, learning)
                .attribute(IFLA_BRPORT_UNICAST_FLOOD, flooded)
                .attribute(IFLA_BRPORT_MCAST_FLOOD, flooded)
                .attribute(IFLA_BRPORT_BCAST_FLOOD, flooded)
                .attribute(IFLA_BRPORT_PROXYARP, answersFor)
                .attribute(IFLA_BRPORT_NEIGH_SUPPRESS, suppressed)
                .attribute(IFLA_BRPORT_ISOLATED, isolated);
    }
}
