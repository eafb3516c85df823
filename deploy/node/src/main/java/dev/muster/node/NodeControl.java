package dev.muster.node;

import dev.muster.api.BackupRequest;
import dev.muster.api.BackupResponse;
import dev.muster.api.InitRequest;
import dev.muster.api.InitResponse;
import dev.muster.api.JoinRequest;
import dev.muster.api.JoinResponse;
import dev.muster.api.LeaveRequest;
import dev.muster.api.LeaveResponse;
import dev.muster.api.NodeInfoRequest;
import dev.muster.api.NodeInfoResponse;
import dev.muster.api.RestoreRequest;
import dev.muster.api.RestoreResponse;
import dev.muster.api.UnlockRequest;
import dev.muster.api.UnlockResponse;
import dev.muster.api.VersionRequest;
import dev.muster.api.VersionResponse;
import dev.muster.http.RpcRoutes;
import java.io.IOException;

/** What users ask of the local daemon. Each call blocks until it is done; all throw {@link NodeFailure} when refused. */
interface NodeControl {
    InitResponse init(InitRequest request);

    JoinResponse join(JoinRequest request);

    LeaveResponse leave(LeaveRequest request);

    UnlockResponse unlock(UnlockRequest request);

    /**
     * Sends a backup in pieces as it is made.
     *
     * @throws IOException when the caller has gone
     */
    void backup(BackupRequest request, RpcRoutes.Responses<BackupResponse> responses) throws IOException;

    RestoreResponse restore(RestoreRequest request);

    NodeInfoResponse nodeInfo(NodeInfoRequest request);

    VersionResponse version(VersionRequest request);
}
