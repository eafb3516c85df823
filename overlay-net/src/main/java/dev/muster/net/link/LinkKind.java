package dev.muster.net.link;

import dev.muster.net.plan.Ipv4;
import dev.muster.net.plan.Mac;
import java.nio.file.Path;
import java.util.Locale;

/** Kinds of links that we need, each a kernel module of the same name where it is not built in. */
public enum LinkKind {
    BRIDGE,
    VETH,
    VXLAN;

    private static final int MTU = 1400;
    private static final int INDEX = 1000;
    private static final int PORT = 4789;

    public String module() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether the kernel makes such a link; tried in the calling thread's namespace, which should be a scratch one. */
    public boolean supported() {
        var mac = new Mac(Ipv4.LOOPBACK);
        try (var here = NetworkNamespace.open(Path.of("/proc/thread-self/ns/net"));
                var socket = NetlinkSocket.open()) {
            socket.execute(
                    switch (this) {
                        case BRIDGE -> Links.bridge("probe", INDEX, mac, MTU);
                        case VETH -> Links.veth("probe", INDEX, 0, MTU, new PeerEnd(here, "peer", INDEX + 1, mac));
                        case VXLAN -> Links.vxlan("probe", INDEX, 1, PORT, Ipv4.LOOPBACK, MTU, here);
                    });
            return true;
        } catch (KernelException e) {
            if (e.errno() == Errno.EOPNOTSUPP) {
                return false;
            }
            throw e;
        }
    }
}
