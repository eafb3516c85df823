package dev.muster.manager;

import static java.lang.System.Logger.Level.INFO;

import dev.muster.api.ClusterSpec;
import dev.muster.manager.control.ClusterSpecCheck;
import dev.muster.manager.raft.BackupFile;
import dev.muster.manager.raft.KeyRing;
import dev.muster.manager.raft.MemberFile;
import dev.muster.manager.raft.MemberId;
import dev.muster.manager.raft.RaftException;
import dev.muster.manager.raft.Seed;
import dev.muster.manager.raft.StateOnDisk;
import dev.muster.manager.recovery.SoleManager;
import dev.muster.manager.state.ClusterState;
import java.util.Optional;

/**
 * Makes a manager's directory that of the only member of a new group, with the cluster's newest state. Starting a manager
 * on it is all that is left to do; a crash at any point leaves the old group's log or the new one's. One thread, while no
 * manager runs on the directory.
 */
public final class ManagerRecovery {
    private static final System.Logger LOG = System.getLogger(ManagerRecovery.class.getName());

    private ManagerRecovery() {}

    /**
     * The node that goes on.
     *
     * @param clusterId of its certificate
     * @param hostname of the host, for a node that the state does not know
     * @param dataPathAddress where VXLAN reaches it
     */
    public record Self(String nodeId, String clusterId, String hostname, String dataPathAddress) {}

    /**
     * After the loss of the majority, or of the addresses: goes on with what this manager has.
     *
     * @param stopped the manager that ran on the directory, which has the key of a locked one; empty if it could not start
     * @param settings what is to change of the cluster's settings
     * @throws ManagerFailure if what is there cannot be read; the directory is as it was
     */
    public static void force(
            ManagerConfig config, Self self, Optional<ManagerNode> stopped, ClusterSpec settings, Sources sources) {
        try {
            var place = MemberFile.load(config.directory())
                    .orElseThrow(() -> new ManagerFailure(config.directory() + " holds no manager's state"));
            var keys = stopped.map(one -> one.keys().ring())
                    .orElseGet(() -> KeyRing.open(config.directory(), Optional.empty(), sources.secureRandom()));
            var found = StateOnDisk.read(config.directory(), self.clusterId(), place.epoch(), keys);
            LOG.log(
                    INFO,
                    "found the cluster in version {0}, up to index {1} of the log",
                    Long.toString(found.state().version()),
                    Long.toString(found.index()));
            begin(config, self, found.state(), found.index(), settings, keys, sources);
        } catch (RaftException e) {
            throw new ManagerFailure(e.getMessage(), e);
        }
    }

    /**
     * Makes an empty directory that of the only manager of the cluster in a backup.
     *
     * @param self the new node
     * @throws ManagerFailure if it cannot be written
     */
    public static void restore(ManagerConfig config, Self self, ManagerBackup backup, Sources sources) {
        try {
            var contents = backup.contents();
            var keys = BackupFile.restoreKeys(config.directory(), contents, sources.secureRandom());
            begin(
                    config,
                    self,
                    contents.state(),
                    contents.header().getIndex(),
                    ClusterSpec.getDefaultInstance(),
                    keys,
                    sources);
        } catch (RaftException e) {
            throw new ManagerFailure(e.getMessage(), e);
        }
    }

    private static void begin(
            ManagerConfig config,
            Self self,
            ClusterState found,
            long index,
            ClusterSpec settings,
            KeyRing keys,
            Sources sources) {
        var member = MemberId.create(self.nodeId(), sources.secureRandom());
        var survivor = new SoleManager.Survivor(
                self.nodeId(),
                self.hostname(),
                config.advertise(),
                config.raftAdvertise(),
                member.text(),
                self.dataPathAddress());
        ClusterState state;
        try {
            state = SoleManager.of(found, survivor, settings, sources.clock().instant());
        } catch (IllegalStateException e) {
            throw new ManagerFailure(e.getMessage(), e);
        }
        state.cluster().ifPresent(cluster -> ClusterSpecCheck.check(cluster.getSpec()));
        Seed.write(config.directory(), state, index, keys);
        MemberFile.store(config.directory(), member, state.epoch());
        LOG.log(
                INFO,
                "the cluster goes on with this manager alone, in epoch {0}, as member {1}",
                Long.toUnsignedString(state.epoch()),
                member);
    }
}
