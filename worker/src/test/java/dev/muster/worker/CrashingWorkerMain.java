package dev.muster.worker;

import dev.muster.api.Node;
import dev.muster.api.NodeRole;
import dev.muster.api.Peer;
import dev.muster.pki.IdentityDirectory;
import dev.muster.pki.TlsContexts;
import dev.muster.worker.agent.AgentConfig;
import dev.muster.worker.agent.ClusterListener;
import dev.muster.worker.agent.ManagerLinks;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A worker in a process of its own, to be killed: HOME NAME HOSTS MANAGER. */
public final class CrashingWorkerMain {
    private CrashingWorkerMain() {}

    public static void main(String[] args) throws InterruptedException {
        var home = Path.of(args[0]);
        var worker = WorkerNode.start(RealHost.config(home, args[1], Path.of(args[2])), RealHost.sources());
        var identity = new IdentityDirectory(home).load().orElseThrow();
        if (identity.role() != NodeRole.ROLE_WORKER) {
            throw new IllegalStateException("not a worker: " + identity);
        }
        worker.connect(
                new ManagerLinks(
                        new TlsContexts(identity, InstantSource.system()),
                        new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory())),
                new AgentConfig(List.of(args[3]), ""),
                new Silent());
        new CountDownLatch(1).await();
    }

    /** Hears nothing. */
    static final class Silent implements ClusterListener {
        @Override
        public void managersChanged(List<Peer> managers) {}

        @Override
        public void rootChanged(com.google.protobuf.ByteString rootCaPem) {}

        @Override
        public void nodeChanged(Node node) {}

        @Override
        public void connectionChanged(boolean connected, String detail) {}

        @Override
        public void refused(String reason) {}
    }
}
