package dev.muster.node;

import dev.muster.api.BackupRequest;
import dev.muster.api.BackupResponse;
import dev.muster.api.InitRequest;
import dev.muster.api.JoinRequest;
import dev.muster.api.LeaveRequest;
import dev.muster.api.NodeInfoRequest;
import dev.muster.api.RestoreRequest;
import dev.muster.api.UnlockRequest;
import dev.muster.api.VersionRequest;
import dev.muster.http.Router;
import dev.muster.http.RpcFailure;
import dev.muster.http.RpcRoutes;
import dev.muster.manager.http.ControlRoutes;

/** The calls of {@code muster.v1.NodeControl} on the local socket. */
final class NodeRoutes {
    private final NodeControl node;

    NodeRoutes(NodeControl node) {
        this.node = node;
    }

    void addTo(Router router) {
        new RpcRoutes(router, "muster.v1.NodeControl", NodeRoutes::failure)
                .unary("Init", InitRequest.parser(), node::init)
                .unary("Join", JoinRequest.parser(), node::join)
                .unary("Leave", LeaveRequest.parser(), node::leave)
                .unary("Unlock", UnlockRequest.parser(), node::unlock)
                .<BackupRequest, BackupResponse>serverStreaming(
                        "Backup", BackupRequest.parser(), (request, responses, _) -> node.backup(request, responses))
                .unary("Restore", RestoreRequest.parser(), node::restore)
                .unary("NodeInfo", NodeInfoRequest.parser(), node::nodeInfo)
                .unary("Version", VersionRequest.parser(), node::version);
    }

    static RpcFailure failure(RuntimeException e) {
        return e instanceof NodeFailure known ? new RpcFailure(known.code(), known.text()) : ControlRoutes.failure(e);
    }
}
