package dev.muster.node;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;

/**
 * This host's part in a cluster, as it must know it before it reaches any other node: where it listens, what it tells the others,
 * and which managers it has seen. Who it is stands in its certificate.
 *
 * @param listenAddress HOST:PORT of gRPC
 * @param advertiseAddress HOST:PORT that other nodes connect to
 * @param dataPathAddress IP that VXLAN peers send to
 * @param dataPathPort UDP port of VXLAN
 * @param managers HOST:PORT of the managers known last
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record Membership(
        String listenAddress,
        String advertiseAddress,
        String dataPathAddress,
        int dataPathPort,
        List<String> managers) {
    Membership {
        managers = List.copyOf(managers);
    }

    Membership withManagers(List<String> known) {
        return new Membership(listenAddress, advertiseAddress, dataPathAddress, dataPathPort, known);
    }
}
