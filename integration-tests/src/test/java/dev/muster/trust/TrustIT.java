package dev.muster.trust;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.cluster.Background;
import dev.muster.cluster.Eventually;
import dev.muster.cluster.TestCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A cluster whose root key only an authority outside has, with certificates that live for seconds; then another root under
 * load, with a node away, a node that joins and a leader that dies meanwhile; then a node that is removed.
 */
class TrustIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int LIFETIME_SECONDS = 40;
    private static final int PORT = 8888;

    private static final String SESSION = "2377/muster.v1.Dispatcher/Session";

    @Test
    void certificatesComeAndGoWhileTheClusterServes() throws Exception {
        try (var cluster = TestCluster.daemons(4)) {
            var root = cluster.dir().resolve("outside-root.pem");
            try (var authority = authority(cluster, root)) {
                Eventually.within(SOON, () -> assertThat(root).exists());
                found(cluster, root);
                renewsWithoutDroppingAStream(cluster);
                assertThat(authority.out())
                        .as("managers show their certificates to the authority")
                        .contains("OU=swarm-worker")
                        .contains(" by CN=");
                lastsFromNowOn(cluster, root);
                rotatesUnderLoad(cluster);
                removedOpensNothing(cluster);
            }
        }
    }

    private static Background authority(TestCluster cluster, Path root) {
        return cluster.outsideInBackground(String.join(
                " ",
                "exec",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp",
                "'" + System.getProperty("java.class.path") + "'",
                CfsslMain.class.getName(),
                cluster.variable("MUSTER_OUTSIDE_ADDRESS"),
                "" + PORT,
                "" + LIFETIME_SECONDS,
                root.toString()));
    }

    private static String address(TestCluster cluster, int host) {
        return cluster.variable("MUSTER_NODE_" + host + "_ADDRESS");
    }

    private static void join(TestCluster cluster, int host, String token) {
        cluster.type(
                        host,
                        "muster swarm join --advertise-addr " + address(cluster, host) + " --token " + token + " "
                                + address(cluster, 1) + ":2377")
                .ok();
    }

    private static void found(TestCluster cluster, Path root) {
        var url = "https://" + cluster.variable("MUSTER_OUTSIDE_ADDRESS") + ":" + PORT + CfsslServer.PATH;
        assertThat(cluster.type(1, "muster swarm init --external-ca protocol=cfssl,url=" + url)
                        .err())
                .contains("needs cacert=FILE");
        cluster.type(
                        1,
                        "muster swarm init --advertise-addr " + address(cluster, 1)
                                + " --external-ca protocol=cfssl,url=" + url + ",cacert=" + root)
                .ok();
        join(cluster, 2, token(cluster, 1, "manager"));
        join(cluster, 3, token(cluster, 1, "manager"));
        assertThat(cluster.type(2, "muster swarm ca").ok().strip())
                .isEqualTo(cluster.type(1, "cat " + root).ok().strip());
        Eventually.within(
                SOON,
                () -> assertThat(cluster.type(1, "muster node ls --format '{{.Status}} {{.ManagerStatus}}'")
                                .lines())
                        .containsExactlyInAnyOrder("Ready Leader", "Ready Reachable", "Ready Reachable"));
        join(cluster, 4, token(cluster, 2, "worker"));
    }

    private static String token(TestCluster cluster, int host, String role) {
        return cluster.type(host, "muster swarm join-token -q " + role).ok().strip();
    }

    private static long renewals(TestCluster cluster, int host) {
        return Long.parseLong(cluster.type(
                        1, "grep -c 'node certificate renewed' " + cluster.dir() + "/node-" + host + "/log || true")
                .out()
                .strip());
    }

    /** A service that counts, followed by its log: each number comes once, and the same stream goes on. */
    private static void renewsWithoutDroppingAStream(TestCluster cluster) {
        cluster.type(
                        1,
                        "muster service create -d --name counter --constraint node.hostname==node-4 busybox"
                                + " sh -c 'i=0; while :; do echo n $i; i=$((i+1)); sleep 1; done'")
                .ok();
        Eventually.within(
                SOON,
                () -> assertThat(cluster.type(1, "muster service ps --format '{{.CurrentState}}' counter")
                                .out())
                        .contains("Running"));
        try (var followed = cluster.typeInBackground(2, "muster service logs --raw -f counter")) {
            Eventually.within(SOON, () -> assertThat(numbers(followed)).isNotEmpty());
            var before = numbers(followed).size();
            long first = renewals(cluster, 4);
            Eventually.within(SOON, () -> {
                for (var host = 1; host <= 4; host++) {
                    assertThat(renewals(cluster, host))
                            .as("renewals of node-" + host)
                            .isPositive();
                }
                assertThat(renewals(cluster, 4)).isGreaterThan(first);
            });
            Eventually.within(SOON, () -> assertThat(numbers(followed)).hasSizeGreaterThan(before + 3));
            assertThat(followed.running()).isTrue();
            var seen = numbers(followed);
            for (var i = 0; i < seen.size(); i++) {
                assertThat(seen.get(i)).as("each number once, in order").isEqualTo(seen.getFirst() + i);
            }
        }
    }

    /** A certificate of seconds would not outlive a stop of its node. */
    private static void lastsFromNowOn(TestCluster cluster, Path root) {
        cluster.type(1, "touch " + root + ".lasting").ok();
        Eventually.within(SOON, () -> {
            for (var host = 1; host <= 4; host++) {
                cluster.type(
                                1,
                                "openssl x509 -checkend 3600 -in " + cluster.dir() + "/node-" + host
                                        + "/certificates/swarm-node.crt")
                        .ok();
            }
        });
    }

    private static List<Integer> numbers(Background followed) {
        var whole = followed.out();
        return whole.substring(0, whole.lastIndexOf('\n') + 1)
                .lines()
                .filter(line -> line.startsWith("n "))
                .map(line -> Integer.valueOf(line.substring(2).strip()))
                .toList();
    }

    private static int leader(TestCluster cluster, int asked) {
        return cluster.type(asked, "muster node ls --format '{{.Hostname}} {{.ManagerStatus}}'").lines().stream()
                .filter(line -> line.endsWith(" Leader"))
                .map(line -> Integer.parseInt(line.substring("node-".length(), line.indexOf(' '))))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no leader"));
    }

    private static String rotating(TestCluster cluster, int host) {
        return cluster.type(host, "muster info --format '{{.Swarm.Cluster.RootRotationInProgress}}'")
                .out()
                .strip();
    }

    private static void rotatesUnderLoad(TestCluster cluster) {
        var leader = leader(cluster, 1);
        var other = leader == 1 ? 2 : 1;
        var oldToken = token(cluster, leader, "worker");
        cluster.type(4, "cp -r " + cluster.dir() + "/node-4/certificates " + cluster.dir() + "/old-certificates")
                .ok();
        cluster.type(
                        other,
                        "cp -r " + cluster.dir() + "/node-" + other + "/certificates " + cluster.dir() + "/old-manager")
                .ok();
        cluster.host("stop", 4);
        try (var writes = cluster.typeInBackground(
                other,
                "i=0; while [ ! -e " + cluster.dir() + "/enough ]; do i=$((i+1));"
                        + " echo x | muster config create w$i - >/dev/null 2>&1 && echo w$i; done")) {
            assertThat(cluster.type(other, "muster swarm ca --rotate -d").ok()).isEmpty();
            Eventually.within(SOON, () -> assertThat(rotating(cluster, other)).isEqualTo("true"));
            assertThat(token(cluster, other, "worker"))
                    .as("until the end the token is the old one")
                    .isEqualTo(oldToken);
            cluster.host("kill", leader);
            Eventually.within(SOON, () -> assertThat(leader(cluster, other)).isNotEqualTo(leader));
            assertThat(rotating(cluster, other)).isEqualTo("true");
            cluster.host("start", leader);
            cluster.host("start", 4);
            Eventually.within(SOON, () -> assertThat(rotating(cluster, other)).isEqualTo("false"));
            var written = writes.out().lines().count();
            Eventually.within(
                    SOON, () -> assertThat(writes.out().lines().count()).isGreaterThan(written + 2));
            cluster.type(other, "touch " + cluster.dir() + "/enough").ok();
            writes.ends(SOON);
            assertThat(cluster.type(leader, "muster config ls --format '{{.Name}}'")
                            .lines())
                    .containsAll(writes.out().lines().toList());
        }
        everyNodeKnowsTheNewRoot(cluster, other);
        assertThat(token(cluster, other, "worker"))
                .as("the root's digest, and the secret, are other ones")
                .doesNotStartWith(oldToken.substring(0, oldToken.lastIndexOf('-')))
                .doesNotEndWith(oldToken.substring(oldToken.lastIndexOf('-')));
        assertThat(call(cluster, "old-certificates", address(cluster, other), SESSION))
                .as("a worker's certificate of the old root")
                .startsWith("refused");
        assertThat(call(cluster, "old-manager", address(cluster, other), "2378/x"))
                .as("a manager's certificate of the old root, on the port of Raft")
                .startsWith("refused");
        assertThat(call(cluster, "node-" + other + "/certificates", address(cluster, other), "2378/x"))
                .contains("grpc-status");
    }

    private static void everyNodeKnowsTheNewRoot(TestCluster cluster, int asked) {
        var root = cluster.type(asked, "muster swarm ca").ok().strip();
        Eventually.within(SOON, () -> {
            for (var host = 1; host <= 4; host++) {
                assertThat(cluster.type(1, "cat " + cluster.dir() + "/node-" + host + "/certificates/swarm-root-ca.crt")
                                .ok()
                                .strip())
                        .isEqualTo(root);
            }
            assertThat(cluster.type(asked, "muster node ls --format '{{.Status}}'")
                            .lines())
                    .containsExactly("Ready", "Ready", "Ready", "Ready");
        });
    }

    /** What a manager answers whoever shows the certificate in the directory; {@code refused} if TLS ends it. */
    private static String call(TestCluster cluster, String directory, String address, String call) {
        var certificates = cluster.dir() + "/" + directory;
        return cluster.type(
                        1,
                        "curl -sSk --max-time 10 --http2 -D - -o /dev/null -X POST -H 'content-type: application/grpc'"
                                + " -H 'te: trailers' --data-binary '' --cert " + certificates
                                + "/swarm-node.crt --key "
                                + certificates + "/swarm-node.key https://" + address + ":" + call
                                + " 2>/dev/null || echo refused")
                .out();
    }

    private static void removedOpensNothing(TestCluster cluster) {
        assertThat(call(cluster, "node-4/certificates", address(cluster, 2), SESSION))
                .as("a member's certificate is let through to the call")
                .contains("grpc-status: 13");
        cluster.type(4, "cp -r " + cluster.dir() + "/node-4/certificates " + cluster.dir() + "/removed")
                .ok();
        cluster.type(1, "muster node rm --force node-4").ok();
        for (var host = 1; host <= 3; host++) {
            var there = address(cluster, host);
            Eventually.within(
                    SOON,
                    () -> assertThat(call(cluster, "removed", there, SESSION)).contains("grpc-status: 5"));
            assertThat(call(cluster, "removed", there, "2377/muster.v1.LogBroker/Subscriptions"))
                    .contains("grpc-status: 5");
            assertThat(call(cluster, "removed", there, "2378/x")).startsWith("refused");
        }
    }
}
