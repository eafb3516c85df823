package dev.muster.worker.runtime.oci;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The standard profile, as it comes out for given capabilities. */
class SeccompProfileTest {

    private static final List<String> DEFAULTS = Capabilities.of(List.of(), List.of(), 40);

    private static HostFeatures host(String architecture, int major, int minor) {
        return new HostFeatures(false, true, 40, architecture, major, minor, Optional.empty(), "/muster");
    }

    private static List<JsonNode> rules(String syscall, List<String> capabilities, HostFeatures host) {
        List<JsonNode> result = new ArrayList<>();
        for (JsonNode rule :
                SeccompProfile.standard().resolve(capabilities, host).path("syscalls")) {
            for (JsonNode name : rule.path("names")) {
                if (name.asText().equals(syscall)) {
                    result.add(rule);
                }
            }
        }
        return result;
    }

    private static boolean allowedWithoutCondition(String syscall, List<String> capabilities) {
        return rules(syscall, capabilities, host("amd64", 6, 1)).stream()
                .anyMatch(each -> each.path("action").asText().equals("SCMP_ACT_ALLOW") && !each.has("args"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "keyctl",
                "add_key",
                "request_key",
                "mount",
                "umount2",
                "unshare",
                "setns",
                "clone",
                "bpf",
                "reboot",
                "kexec_load",
                "init_module",
                "swapon",
                "io_uring_setup",
                "userfaultfd",
                "pivot_root",
                "nfsservctl",
                "open_by_handle_at",
                "ptrace_nothing",
                "settimeofday",
                "quotactl",
                "acct",
                "iopl",
                "syslog"
            })
    void deniesByDefault(String syscall) {
        assertThat(allowedWithoutCondition(syscall, DEFAULTS)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "read",
                "openat",
                "execve",
                "mmap",
                "futex",
                "epoll_wait",
                "sendfile",
                "setuid",
                "chroot",
                "statx",
                "rseq",
                "getrandom",
                "shmget",
                "semop",
                "io_setup",
                "arch_prctl",
                "clock_gettime",
                "ptrace",
                "prctl",
                "memfd_create",
                "sched_setaffinity",
                "fallocate",
                "sync_file_range",
                "copy_file_range",
                "waitid"
            })
    void allowsWhatServersNeed(String syscall) {
        assertThat(allowedWithoutCondition(syscall, DEFAULTS)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "mount, SYS_ADMIN", "unshare, SYS_ADMIN", "clone, SYS_ADMIN", "clone3, SYS_ADMIN", "reboot, SYS_BOOT",
        "finit_module, SYS_MODULE", "settimeofday, SYS_TIME", "bpf, BPF", "mbind, SYS_NICE", "syslog, SYSLOG",
        "open_by_handle_at, DAC_READ_SEARCH", "perf_event_open, PERFMON"
    })
    void allowsWithTheCapability(String syscall, String capability) {
        assertThat(allowedWithoutCondition(syscall, DEFAULTS)).isFalse();
        assertThat(allowedWithoutCondition(syscall, Capabilities.of(List.of(capability), List.of(), 40)))
                .isTrue();
    }

    @Test
    void cloneMakesNoNamespacesAndClone3IsSaidNotToExist() {
        List<JsonNode> clone = rules("clone", DEFAULTS, host("amd64", 6, 1));
        assertThat(clone)
                .singleElement()
                .satisfies(each -> assertThat(each.path("args").toString())
                        .isEqualTo(
                                "[{\"index\":0,\"value\":2114060288,\"valueTwo\":0,\"op\":\"SCMP_CMP_MASKED_EQ\"}]"));
        List<JsonNode> clone3 = rules("clone3", DEFAULTS, host("amd64", 6, 1));
        assertThat(clone3).singleElement().satisfies(each -> {
            assertThat(each.path("action").asText()).isEqualTo("SCMP_ACT_ERRNO");
            assertThat(each.path("errnoRet").asInt()).isEqualTo(38);
        });
    }

    @Test
    void namesTheArchitecturesOfTheMachine() {
        assertThat(SeccompProfile.standard()
                        .resolve(DEFAULTS, host("amd64", 6, 1))
                        .path("architectures")
                        .toString())
                .isEqualTo("[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\"]");
        assertThat(rules("arch_prctl", DEFAULTS, host("arm64", 6, 1))).isEmpty();
        assertThat(rules("ptrace", DEFAULTS, host("amd64", 4, 4)))
                .as("unsafe on old kernels")
                .isEmpty();
    }

    @Test
    void allowsPersonalitiesThatAreHarmlessAndNoVsock() {
        List<String> values = new ArrayList<>();
        rules("personality", DEFAULTS, host("amd64", 6, 1))
                .forEach(each -> values.add(each.at("/args/0/value").asText()));
        assertThat(values).containsExactly("0", "8", "131072", "131080", "4294967295");
        assertThat(rules("socket", DEFAULTS, host("amd64", 6, 1)))
                .singleElement()
                .satisfies(each -> assertThat(each.at("/args/0/op").asText()).isEqualTo("SCMP_CMP_NE"));
    }
}
