package dev.muster.cli.swarm;

import dev.muster.api.GetUnlockKeyRequest;
import dev.muster.api.GetUnlockKeyResponse;
import dev.muster.api.LocalNodeState;
import dev.muster.api.NodeInfoRequest;
import dev.muster.api.NodeInfoResponse;
import dev.muster.api.UnlockRequest;
import dev.muster.api.UnlockResponse;
import dev.muster.api.UpdateClusterRequest;
import dev.muster.api.UpdateClusterResponse;
import dev.muster.cli.command.CommandFailure;
import dev.muster.cli.command.Invocation;
import dev.muster.cli.console.Question;
import dev.muster.cli.flag.Flags;

/** {@code swarm unlock} and {@code swarm unlock-key}. */
final class SwarmLock {

    private SwarmLock() {}

    static Flags keyFlags() {
        return new Flags().quiet("Show the key only").bool("rotate", "Make a new key; the old one is void");
    }

    static int unlock(Invocation invocation) {
        var info =
                invocation.daemon().node("NodeInfo", NodeInfoRequest.getDefaultInstance(), NodeInfoResponse.parser());
        if (info.getState() == LocalNodeState.LOCAL_INACTIVE) {
            throw new CommandFailure("this node is not part of a swarm");
        }
        if (info.getState() != LocalNodeState.LOCAL_LOCKED) {
            throw new CommandFailure("swarm is not locked");
        }
        var key = Question.secret(invocation.console(), "Enter unlock key: ")
                .orElseThrow(() -> new CommandFailure(
                        "this terminal would show the key: give it on standard input instead (stty does not"
                                + " work here)"));
        var request = UnlockRequest.newBuilder().setKey(key).build();
        invocation.daemon().node("Unlock", request, UnlockResponse.parser());
        return 0;
    }

    static int key(Invocation invocation) {
        boolean quiet = invocation.is("quiet");
        if (invocation.is("rotate")) {
            var cluster = SwarmCommands.cluster(invocation).getCluster();
            if (!cluster.getSpec().getAutolock()) {
                throw new CommandFailure("cannot rotate because autolock is not turned on");
            }
            var request = UpdateClusterRequest.newBuilder()
                    .setVersion(cluster.getMeta().getVersion())
                    .setRotateUnlockKey(true)
                    .build();
            invocation.daemon().control("UpdateCluster", request, UpdateClusterResponse.parser());
            if (!quiet) {
                invocation.print("Successfully rotated manager unlock key.\n");
            }
        }
        String key = read(invocation);
        if (key.isEmpty()) {
            throw new CommandFailure("no unlock key is set");
        }
        invocation.print(quiet ? key : text(key));
        return 0;
    }

    /** The key as it is now, with what to do with it. */
    static void show(Invocation invocation) {
        invocation.print(text(read(invocation)));
    }

    private static String read(Invocation invocation) {
        var request = GetUnlockKeyRequest.getDefaultInstance();
        return invocation
                .daemon()
                .control("GetUnlockKey", request, GetUnlockKeyResponse.parser())
                .getUnlockKey();
    }

    private static String text(String key) {
        return "A manager that was restarted is locked. To unlock it, run 'muster swarm unlock' there and give it this"
                + " key:\n\n    " + key + "\n\nKeep the key in a password manager: without it no manager that was"
                + " restarted can be used again.\n";
    }
}
