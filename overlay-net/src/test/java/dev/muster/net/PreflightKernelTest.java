package dev.muster.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.net.lb.Nftables;
import dev.muster.net.link.Lab;
import dev.muster.net.link.NetworkNamespace;
import dev.muster.net.link.Sysctl;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class PreflightKernelTest {
    private Lab lab;
    private NetworkNamespace host;

    @BeforeEach
    void oneHost() throws IOException {
        lab = Lab.open();
        host = lab.host("a", "10.88.0.1");
        Files.writeString(lab.directory().resolve("resolv.conf"), "nameserver 192.0.2.1\n");
    }

    @AfterEach
    void nothingRemains() {
        if (lab != null) {
            lab.close();
        }
    }

    private OverlayConfig config(String address, String egress) {
        return new OverlayConfig(
                lab.directory().resolve("state"),
                lab.directory().resolve("run"),
                "mu",
                address,
                4789,
                egress,
                lab.directory().resolve("resolv.conf"),
                Optional.of(lab.path("a")));
    }

    private static List<String> checks(OverlayConfig config) {
        return Overlay.preflight(config).stream()
                .map(finding -> finding.severity() + " " + finding.check())
                .toList();
    }

    @Test
    void findsNothingOnAHostThatHasAll() {
        assertThat(Overlay.preflight(config("10.88.0.1", "172.18.0.0/16"))).isEmpty();
        assertThat(Lab.tables(host)).isEmpty();
    }

    @Test
    void saysWhatIsWrongWithAddressesPortAndResolver() throws IOException {
        Files.writeString(lab.directory().resolve("resolv.conf"), "search example.com\n");
        try (var traffic = new Traffic()) {
            traffic.serveUdp(host, 4789, "somebody");
            assertThat(checks(config("10.88.0.7", "10.88.0.0/16")))
                    .containsExactly("FATAL address", "FATAL egress", "FATAL vxlan-port", "WARNING dns");
        }
    }

    @Test
    void pointsAtFirewallsThatDrop() {
        host.run(() -> {
            try (var nftables = Nftables.open()) {
                nftables.run("""
                        table inet firewall {
                          chain passing {
                            type filter hook forward priority 0; policy drop;
                          }
                          chain coming {
                            type filter hook input priority 0; policy drop;
                          }
                        }
                        """);
            }
        });
        var findings = Overlay.preflight(config("10.88.0.1", "172.18.0.0/16"));
        assertThat(findings).hasSize(2);
        assertThat(findings.get(0).problem()).contains("inet firewall passing");
        assertThat(findings.get(0).remedy()).contains("nft insert rule inet firewall passing iifname");
        assertThat(findings.get(1).remedy()).contains("UDP port 4789");
    }

    @Test
    void switchesForwardingOnByItself() {
        host.run(() -> Sysctl.write("ipv4/ip_forward", 0));
        assertThat(Overlay.preflight(config("10.88.0.1", "172.18.0.0/16"))).isEmpty();
        assertThat(host.call(() -> Sysctl.read("ipv4/ip_forward"))).contains("1");
    }
}
