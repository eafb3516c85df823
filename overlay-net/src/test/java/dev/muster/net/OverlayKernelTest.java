package dev.muster.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.net.link.NetworkNamespace;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Containers on several hosts, on the real kernel. */
final class OverlayKernelTest {
    private ThreeHosts cluster;
    private NetworkNamespace web1;
    private NetworkNamespace web2;

    @BeforeEach
    void twoTasksOfOneService() {
        cluster = new ThreeHosts();
        web1 = cluster.web("a", "web1", 11);
        web2 = cluster.web("b", "web2", 12);
        cluster.program();
    }

    @AfterEach
    void nothingRemains() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void containersReachEachOtherAcrossHosts() {
        assertThat(Traffic.ask(web1, "10.0.1.12", 8080)).isEqualTo("web2 10.0.1.11");
        assertThat(Traffic.ask(web2, "10.0.1.11", 8080)).isEqualTo("web1 10.0.1.12");
        assertThat(Traffic.askUdp(web2, "10.0.2.11", 5353)).isEqualTo("web1 10.0.2.12");
    }

    @Test
    void aVirtualAddressSpreadsOverAllTasksAndKeepsTheClientsAddress() {
        var client = cluster.bystander("a", "client1", 20, "front");
        var answers = new TreeSet<String>();
        for (int i = 0; i < 4; i++) {
            answers.add(Traffic.ask(client, "10.0.1.100", 8080));
        }
        assertThat(answers).containsExactly("web1 10.0.1.20", "web2 10.0.1.20");
    }

    @Test
    void aTaskReachesItselfByItsVirtualAddress() {
        var answers = new TreeSet<String>();
        for (int i = 0; i < 4; i++) {
            answers.add(Traffic.ask(web1, "10.0.1.100", 8080));
        }
        assertThat(answers).containsExactly("web1 10.0.1.2", "web2 10.0.1.11");
    }

    @Test
    void everyHostAnswersOnAPublishedPortWithTheClientsAddressKept() {
        for (var host : ThreeHosts.HOSTS.values()) {
            var answers = new TreeSet<String>();
            for (int i = 0; i < 4; i++) {
                answers.add(Traffic.ask(cluster.client, host, 80));
            }
            assertThat(answers)
                    .as("through " + host)
                    .containsExactly("web1 " + ThreeHosts.CLIENT, "web2 " + ThreeHosts.CLIENT);
        }
    }
}
