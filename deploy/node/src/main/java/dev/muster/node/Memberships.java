package dev.muster.node;

import dev.muster.api.InitRequest;
import java.util.List;
import java.util.Optional;

/** Finds the addresses of a host's part in a cluster. */
final class Memberships {
    private Memberships() {}

    /** What was said, or else the daemon's options and the only candidate. */
    static Membership of(Host host, String listen, String advertise, String dataPath) {
        DaemonOptions options = host.options();
        HostAddresses addresses = addresses(host);
        HostPort listening = HostPort.parse(listen.isEmpty() ? options.listenAddress : listen, 2377);
        String wanted = advertise.isEmpty()
                ? Optional.ofNullable(options.advertiseAddress).orElse("")
                : advertise;
        HostPort advertised = HostPort.parse(wanted, listening.port());
        String ip = addresses.resolve(advertised.host(), "--advertise-addr");
        String data = dataPath.isEmpty() ? ip : addresses.resolve(dataPath, "--data-path-addr");
        return new Membership(
                new HostPort(listening.host(), listening.port()).toString(),
                new HostPort(ip, advertised.port()).toString(),
                data,
                0,
                List.of());
    }

    /** The addresses are those of before, where no others are given; no other manager counts. */
    static Membership recovered(Host host, Membership before, InitRequest request) {
        String listen = request.getListenAddress().isEmpty() ? before.listenAddress() : request.getListenAddress();
        if (request.getAdvertiseAddress().isEmpty()) {
            String data = request.getDataPathAddress();
            return new Membership(
                    listen,
                    before.advertiseAddress(),
                    data.isEmpty() ? before.dataPathAddress() : addresses(host).resolve(data, "--data-path-addr"),
                    before.dataPathPort(),
                    List.of());
        }
        return of(host, listen, request.getAdvertiseAddress(), request.getDataPathAddress());
    }

    private static HostAddresses addresses(Host host) {
        return HostAddresses.observe(host.options().namePrefix + "-");
    }
}
