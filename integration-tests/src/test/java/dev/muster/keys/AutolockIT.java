package dev.muster.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.muster.cluster.Background;
import dev.muster.cluster.Eventually;
import dev.muster.cluster.Run;
import dev.muster.cluster.TestCluster;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * Three managers that lock, are killed, unlocked and given new keys, and unlock for good. A service runs all the time: its
 * containers do not notice.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AutolockIT {
    private static final Duration SOON = Duration.ofSeconds(40);
    private static final int MANAGERS = 3;
    private static final String LOCKED = "Swarm is encrypted and needs to be unlocked before it can be used.";

    /** Unlike any other process. */
    private static final String COMMAND = "sleep 87654";

    private TestCluster cluster;
    private String key = "";
    private boolean complete = true;

    @BeforeAll
    void up() {
        cluster = TestCluster.up(MANAGERS, 1);
    }

    /** Each test begins with the cluster that the one before it left: after a failure the rest would tell nothing. */
    @BeforeEach
    void goOnOnlyIfAllWentWell() {
        assumeTrue(complete, "a test before this one failed: the cluster is not as this one expects it");
        complete = false;
    }

    @AfterAll
    void down() {
        if (cluster != null) {
            cluster.close();
        }
    }

    private Run type(int host, String line) {
        return cluster.type(host, line);
    }

    private Run unlock(int host, String with) {
        return type(host, "echo '" + with + "' | muster swarm unlock");
    }

    private String key(int host) {
        return type(host, "muster swarm unlock-key -q").ok();
    }

    private String state(int host) {
        return type(host, "muster info --format '{{.Swarm.LocalNodeState}}'").ok();
    }

    private void restart(int host) {
        cluster.host("kill", host);
        cluster.host("start", host);
    }

    private void isReachable(int host, int asked) {
        Eventually.within(
                SOON,
                () -> assertThat(type(asked, "muster node ls --format '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'")
                                .lines())
                        .anyMatch(line -> line.matches("node-" + host + " Ready (Reachable|Leader)")));
    }

    private Set<String> configs(int host) {
        return new TreeSet<>(type(host, "muster config ls --format '{{.Name}}'").lines());
    }

    /** The service's processes on a host: which ones, and since when. */
    private List<String> processes(int host) {
        return type(host, "for p in $(pgrep -fx '" + COMMAND + "'); do echo $p $(cut -d' ' -f22 /proc/$p/stat); done")
                .lines();
    }

    private Path manager(int host) {
        return cluster.dir().resolve("node-" + host).resolve("manager");
    }

    private String nodeKey(int host) {
        try {
            return Files.readString(manager(host).resolveSibling("certificates").resolve("swarm-node.key"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The files of a host's daemon that hold the bytes, or the text of a private key in the clear. */
    private List<Path> filesWith(int host, byte[] secret) {
        var found = new TreeSet<Path>();
        for (var directory : List.of(manager(host), manager(host).resolveSibling("certificates"))) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    var content = Files.readString(file, StandardCharsets.ISO_8859_1);
                    if (content.contains(new String(secret, StandardCharsets.ISO_8859_1))
                            || content.contains("BEGIN PRIVATE KEY")
                            || content.contains("BEGIN EC PRIVATE KEY")) {
                        found.add(file);
                    }
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
        return List.copyOf(found);
    }

    private void nothingOpensByItself(int host) {
        Eventually.within(SOON, () -> {
            assertThat(manager(host).resolve("kek")).doesNotExist();
            assertThat(nodeKey(host)).startsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----");
        });
        var secret = Base64.getDecoder().decode(key.substring("SWMKEY-1-".length()));
        assertThat(filesWith(host, secret)).isEmpty();
        assertThat(filesWith(host, key.substring("SWMKEY-1-".length()).getBytes(StandardCharsets.US_ASCII)))
                .isEmpty();
    }

    private void isUnlockedWith(int host, String with) {
        Eventually.within(SOON, () -> assertThat(state(host)).isEqualTo("locked"));
        assertThat(unlock(host, with)).satisfies(run -> {
            assertThat(run.err()).isEmpty();
            assertThat(run.out()).isEmpty();
            assertThat(run.exit()).isZero();
        });
        assertThat(state(host)).isEqualTo("active");
    }

    @Test
    @Order(1)
    void turningItOnTakesTheKeysOffEveryManagersDisk() {
        type(1, "muster service create -d --name still --mode global --restart-delay 1s busybox " + COMMAND)
                .ok();
        for (int host = 1; host <= MANAGERS; host++) {
            assertThat(manager(host).resolve("kek")).as("what opens the keys").exists();
        }
        assertThat(type(2, "muster swarm unlock-key").err()).contains("no unlock key is set");
        assertThat(type(2, "muster swarm unlock-key --rotate").err())
                .contains("cannot rotate because autolock is not turned on");

        String told = type(2, "muster swarm update --autolock").ok();

        key = key(3);
        assertThat(told).startsWith("Swarm updated.").contains("    " + key);
        assertThat(type(1, "muster swarm unlock-key").ok()).contains("    " + key);
        for (int host = 1; host <= MANAGERS; host++) {
            nothingOpensByItself(host);
        }
        assertThat(type(1, "curl -s --unix-socket $(echo $DOCKER_HOST | sed s,unix://,,) http://d/swarm")
                        .out())
                .contains("\"AutoLockManagers\":true")
                .doesNotContain(key.substring("SWMKEY-1-".length()));
        complete = true;
    }

    @Test
    @Order(2)
    void aRestartedManagerServesNothingUntilItIsUnlockedAndItsContainersGoOn() {
        Eventually.within(SOON, () -> assertThat(processes(3)).hasSize(1));
        var before = processes(3);

        restart(3);

        Eventually.within(SOON, () -> assertThat(state(3)).isEqualTo("locked"));
        for (var call : List.of("muster node ls", "muster swarm unlock-key")) {
            assertThat(type(3, call).err()).as(call).contains(LOCKED);
        }
        assertThat(type(3, "muster swarm leave").err()).contains("Swarm is encrypted and locked.");
        assertThat(type(3, "muster swarm init").err()).contains("This node is already part of a swarm");
        assertThat(type(3, "muster swarm init --force-new-cluster").err()).contains(LOCKED);
        assertThat(processes(3)).as("its container is the same process").isEqualTo(before);
        type(1, "echo x | muster config create while-3-is-locked -").ok();

        var other = "SWMKEY-1-" + Base64.getEncoder().withoutPadding().encodeToString(new byte[32]);
        assertThat(unlock(3, other).err()).contains("swarm could not be unlocked: invalid key provided");
        assertThat(unlock(3, "nonsense").err()).contains("invalid unlock key");
        assertThat(state(3)).isEqualTo("locked");
        isUnlockedWith(3, key);
        assertThat(unlock(3, key).err()).contains("swarm is not locked");
        isReachable(3, 1);
        assertThat(configs(3)).contains("while-3-is-locked");
        type(3, "echo x | muster config create by-3 -").ok();
        complete = true;
    }

    /** What it acknowledged, one name a line. */
    private Background writer(int host) {
        return cluster.typeInBackground(
                host,
                "i=0; while [ ! -e " + cluster.dir() + "/enough ]; do i=$((i+1)); echo x | muster config create load-"
                        + host + "-$i - >/dev/null 2>&1 && echo load-" + host + "-$i; done; true");
    }

    @Test
    @Order(3)
    void keysRotateWhileWritesGoOnAndAManagerIsKilledInTheMiddle() throws Exception {
        var old = key;
        try (var first = writer(1);
                var second = writer(2)) {
            Eventually.within(SOON, () -> assertThat(configs(1)).anyMatch(name -> name.startsWith("load-2")));
            assertThat(type(1, "muster swarm unlock-key --rotate").ok())
                    .startsWith("Successfully rotated manager unlock key.");
            cluster.host("kill", 3);
            key = key(1);
            assertThat(key).isNotEqualTo(old);
            cluster.host("start", 3);
            Eventually.within(SOON, () -> assertThat(state(3)).isEqualTo("locked"));
            // It was killed before or after it took the new key.
            if (unlock(3, key).exit() != 0) {
                isUnlockedWith(3, old);
            }
            isReachable(3, 1);
            Eventually.within(SOON, () -> assertThat(rotations()).isGreaterThanOrEqualTo(2));

            cluster.host("stop", 3);
            var former = key;
            type(2, "muster swarm unlock-key --rotate").ok();
            key = key(2);
            cluster.host("start", 3);
            Eventually.within(SOON, () -> assertThat(state(3)).isEqualTo("locked"));
            assertThat(unlock(3, key).err()).as("it was away").contains("invalid key provided");
            isUnlockedWith(3, former);
            isReachable(3, 1);
            Eventually.within(SOON, () -> assertThat(rotations()).isGreaterThanOrEqualTo(3));
            Files.createFile(cluster.dir().resolve("enough"));

            var acknowledged = new TreeSet<String>();
            for (var load : List.of(first, second)) {
                load.ends(SOON);
                load.out().lines().filter(line -> line.startsWith("load-")).forEach(acknowledged::add);
            }
            assertThat(acknowledged).hasSizeGreaterThan(10);
            for (int host = 1; host <= MANAGERS; host++) {
                assertThat(configs(host)).as("read through node-" + host).containsAll(acknowledged);
            }
        }
        restart(3);
        isUnlockedWith(3, key);
        isReachable(3, 1);
        for (int host = 1; host <= MANAGERS; host++) {
            nothingOpensByItself(host);
        }
        complete = true;
    }

    /** How often managers have said that a new data key is in use. */
    private long rotations() {
        try {
            long count = 0;
            for (int host = 1; host <= MANAGERS; host++) {
                try (var lines = Files.lines(manager(host).resolveSibling("log"))) {
                    count += lines.filter(line -> line.contains(" seals from now on"))
                            .count();
                }
            }
            return count;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @Order(4)
    void aPromotedManagerIsLockedFromTheBeginningAndADemotedOneIsNotAndRotatesTheDataKey() {
        long before = rotations();
        type(1, "muster node promote node-4").ok();
        isReachable(4, 1);
        nothingOpensByItself(4);
        type(1, "muster node demote node-4").ok();
        Eventually.within(SOON, () -> {
            assertThat(nodeKey(4)).startsWith("-----BEGIN PRIVATE KEY-----");
            assertThat(manager(4)).doesNotExist();
            assertThat(rotations()).isGreaterThan(before);
        });
        restart(4);
        Eventually.within(SOON, () -> assertThat(state(4)).isEqualTo("active"));
        complete = true;
    }

    @Test
    @Order(5)
    void settingsTakeEffectAndRotatedTokensLetNobodyIn() {
        type(1, "muster swarm update --snapshot-interval 4 --max-snapshots 1 --dispatcher-heartbeat 3s")
                .ok();
        type(1, "for i in 1 2 3 4 5 6 7 8 9; do echo x | muster config create more-$i -; done")
                .ok();
        for (int host = 1; host <= MANAGERS; host++) {
            int here = host;
            Eventually.within(SOON, () -> assertThat(snapshots(here)).isEqualTo(2));
        }
        var old = type(1, "muster swarm join-token -q worker").ok();
        assertThat(type(1, "muster swarm join-token --rotate worker").ok())
                .startsWith("Successfully rotated worker join token.");
        var next = type(1, "muster swarm join-token -q worker").ok();
        var address = cluster.variable("MUSTER_NODE_1_ADDRESS") + ":2377";
        type(4, "muster swarm leave").ok();
        assertThat(type(4, "muster swarm join --token " + old + " " + address).err())
                .contains("join token");
        assertThat(type(4, "muster swarm join --token " + next + " " + address).ok())
                .isEqualTo("This node joined a swarm as a worker.");
        complete = true;
    }

    private long snapshots(int host) throws IOException {
        try (Stream<Path> files = Files.walk(manager(host))) {
            return files.filter(file -> file.getFileName().toString().matches("snapshot\\.[0-9]+_[0-9]+"))
                    .count();
        }
    }

    @Test
    @Order(6)
    void turningItOffPutsTheKeysBack() {
        assertThat(type(1, "muster swarm update --autolock=false").ok()).isEqualTo("Swarm updated.");
        for (int host = 1; host <= MANAGERS; host++) {
            int here = host;
            Eventually.within(SOON, () -> {
                assertThat(manager(here).resolve("kek")).exists();
                assertThat(nodeKey(here)).startsWith("-----BEGIN PRIVATE KEY-----");
            });
        }
        assertThat(type(1, "muster swarm unlock-key").err()).contains("no unlock key is set");
        restart(2);
        Eventually.within(SOON, () -> assertThat(state(2)).isEqualTo("active"));
        isReachable(2, 1);
        assertThat(configs(2)).contains("by-3");
        complete = true;
    }
}
