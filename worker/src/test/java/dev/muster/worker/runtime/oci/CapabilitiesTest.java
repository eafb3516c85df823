package dev.muster.worker.runtime.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class CapabilitiesTest {

    private static final int LAST = 40;

    @Test
    void theDefaultsAreDockersFourteen() {
        assertThat(Capabilities.of(List.of(), List.of(), LAST))
                .containsExactly(
                        "CAP_CHOWN",
                        "CAP_DAC_OVERRIDE",
                        "CAP_FOWNER",
                        "CAP_FSETID",
                        "CAP_KILL",
                        "CAP_SETGID",
                        "CAP_SETUID",
                        "CAP_SETPCAP",
                        "CAP_NET_BIND_SERVICE",
                        "CAP_NET_RAW",
                        "CAP_SYS_CHROOT",
                        "CAP_MKNOD",
                        "CAP_AUDIT_WRITE",
                        "CAP_SETFCAP");
    }

    @Test
    void addsAndDropsByAnyFormOfTheName() {
        assertThat(Capabilities.of(List.of("net_admin", "CAP_SYS_TIME"), List.of("NET_RAW", "cap_mknod"), LAST))
                .contains("CAP_NET_ADMIN", "CAP_SYS_TIME")
                .doesNotContain("CAP_NET_RAW", "CAP_MKNOD")
                .hasSize(14);
    }

    @Test
    void allMeansAllThatTheKernelHas() {
        assertThat(Capabilities.of(List.of("ALL"), List.of(), LAST)).hasSize(41);
        assertThat(Capabilities.of(List.of("ALL"), List.of(), 37)).hasSize(38).doesNotContain("CAP_BPF");
        assertThat(Capabilities.of(List.of("all"), List.of("SYS_ADMIN"), LAST)).hasSize(40);
        assertThat(Capabilities.of(List.of(), List.of("ALL"), LAST)).isEmpty();
        assertThat(Capabilities.of(List.of("CHOWN"), List.of("ALL"), LAST)).containsExactly("CAP_CHOWN");
    }

    @Test
    void refusesNamesThatThisKernelDoesNotKnow() {
        assertThatThrownBy(() -> Capabilities.of(List.of("FLY"), List.of(), LAST))
                .hasMessageContaining("'FLY'");
        assertThatThrownBy(() -> Capabilities.of(List.of("BPF"), List.of(), 37)).hasMessageContaining("newer");
    }
}
