package dev.muster.cli;

import static dev.muster.cli.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.GetClusterResponse;
import dev.muster.api.GetNodeResponse;
import dev.muster.api.GetUnlockKeyResponse;
import dev.muster.api.InitRequest;
import dev.muster.api.InitResponse;
import dev.muster.api.NodeInfoResponse;
import dev.muster.api.UnlockRequest;
import dev.muster.api.UnlockResponse;
import dev.muster.api.UpdateClusterRequest;
import dev.muster.api.UpdateClusterResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SwarmLockTest {

    private static final String KEY = "SWMKEY-1-abc";

    private static final String KEY_TEXT = """
        A manager that was restarted is locked. To unlock it, run 'muster swarm unlock' there and give it this key:

            SWMKEY-1-abc

        Keep the key in a password manager: without it no manager that was restarted can be used again.

        """;

    private final FakeDaemon daemon = FakeDaemon.start();

    @AfterEach
    void stop() {
        daemon.close();
    }

    private void aCluster(String spec) {
        daemon.on(
                "GetCluster",
                message(
                        "cluster { meta { version: 3 } spec { " + spec + " } } worker_token: \"WT\"",
                        GetClusterResponse.class));
        daemon.on("NodeInfo", message("node_id: \"n1\"", NodeInfoResponse.class));
        daemon.on("GetNode", message("node { id: \"n1\" }", GetNodeResponse.class));
        daemon.on("UpdateCluster", UpdateClusterResponse.getDefaultInstance());
        daemon.on("GetUnlockKey", message("unlock_key: \"" + KEY + "\"", GetUnlockKeyResponse.class));
    }

    private UpdateClusterRequest update() {
        return daemon.request("UpdateCluster").read(UpdateClusterRequest.parser());
    }

    @Test
    void initWithAutolockShowsTheKey() {
        aCluster("");
        daemon.on("Init", message("node_id: \"n1\"", InitResponse.class));
        assertThat(Run.of(daemon, "swarm init --autolock").out()).endsWith("instructions.\n\n" + KEY_TEXT);
        var request = daemon.request("Init").read(InitRequest.parser());
        assertThat(request.getAutolock()).isTrue();
        assertThat(request.getSpec().getAutolock()).isTrue();
    }

    @Test
    void updateChangesWhatIsSaidAndLeavesTheRest() {
        aCluster("task_history_limit: 9 snapshot_interval: 50");
        assertThat(Run.of(
                        daemon,
                        "swarm update --snapshot-interval 70 --max-snapshots 2 --dispatcher-heartbeat 7s"
                                + " --cert-expiry 2h"))
                .isEqualTo(new Run(0, "Swarm updated.\n", ""));
        assertThat(update()).isEqualTo(message("""
            version: 3 spec {
              task_history_limit: 9 snapshot_interval: 70 keep_old_snapshots: 2
              heartbeat_period { seconds: 7 } node_cert_expiry { seconds: 7200 }
            }
            """, UpdateClusterRequest.class));
    }

    @Test
    void updateShowsTheKeyWhenAutolockIsTurnedOnAndOnlyThen() {
        aCluster("");
        assertThat(Run.of(daemon, "swarm update --autolock").out()).isEqualTo("Swarm updated.\n\n" + KEY_TEXT);
        assertThat(update().getSpec().getAutolock()).isTrue();

        aCluster("autolock: true");
        assertThat(Run.of(daemon, "swarm update --autolock").out()).isEqualTo("Swarm updated.\n");
    }

    @Test
    void updateTurnsAutolockOff() {
        aCluster("autolock: true");
        assertThat(Run.of(daemon, "swarm update --autolock=false").out()).isEqualTo("Swarm updated.\n");
        assertThat(update().getSpec().getAutolock()).isFalse();
    }

    @Test
    void updateWithoutAFlagPrintsItsHelp() {
        Run run = Run.of(daemon, "swarm update");
        assertThat(run.status()).isZero();
        assertThat(run.out()).contains("Usage:  muster swarm update [OPTIONS]").contains("--snapshot-interval");
        assertThat(daemon.requests()).isEmpty();
    }

    @Test
    void theUnlockKeyIsShownAndRotated() {
        aCluster("autolock: true");
        assertThat(Run.of(daemon, "swarm unlock-key").out()).isEqualTo(KEY_TEXT);
        assertThat(Run.of(daemon, "swarm unlock-key -q").out()).isEqualTo(KEY + "\n");
        assertThat(Run.of(daemon, "swarm unlock-key --rotate").out())
                .isEqualTo("Successfully rotated manager unlock key.\n\n" + KEY_TEXT);
        assertThat(update()).isEqualTo(message("version: 3 rotate_unlock_key: true", UpdateClusterRequest.class));
        assertThat(Run.of(daemon, "swarm unlock-key --rotate -q").out()).isEqualTo(KEY + "\n");
    }

    @Test
    void withoutAutolockThereIsNoUnlockKey() {
        aCluster("");
        daemon.on("GetUnlockKey", GetUnlockKeyResponse.getDefaultInstance());
        assertThat(Run.of(daemon, "swarm unlock-key")).isEqualTo(new Run(1, "", "no unlock key is set\n"));
        assertThat(Run.of(daemon, "swarm unlock-key --rotate"))
                .isEqualTo(new Run(1, "", "cannot rotate because autolock is not turned on\n"));
    }

    @Test
    void unlockReadsTheKeyAndSaysNothing() {
        daemon.on("NodeInfo", message("state: LOCAL_LOCKED", NodeInfoResponse.class));
        daemon.on("Unlock", UnlockResponse.getDefaultInstance());
        assertThat(Run.of(daemon, "swarm unlock", KEY + "\nmore\n")).isEqualTo(new Run(0, "", ""));
        assertThat(daemon.request("Unlock").read(UnlockRequest.parser()).getKey())
                .isEqualTo(KEY);
    }

    @Test
    void unlockSaysWhatIsWrong() {
        daemon.on("NodeInfo", NodeInfoResponse.getDefaultInstance());
        assertThat(Run.of(daemon, "swarm unlock", KEY)).isEqualTo(new Run(1, "", "this node is not part of a swarm\n"));
        daemon.on("NodeInfo", message("state: LOCAL_ACTIVE", NodeInfoResponse.class));
        assertThat(Run.of(daemon, "swarm unlock", KEY)).isEqualTo(new Run(1, "", "swarm is not locked\n"));
    }
}
