package dev.muster.manager;

import com.google.protobuf.ByteString;
import dev.muster.api.BackupHeader;
import dev.muster.api.Ids;
import dev.muster.api.NodeRole;
import dev.muster.manager.raft.BackupFile;
import dev.muster.manager.raft.LockedException;
import dev.muster.manager.raft.RaftException;
import dev.muster.manager.settings.ClusterSettings;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.UnreadableLogException;
import dev.muster.pki.CertificateAuthority;
import dev.muster.pki.NodeIdentity;
import dev.muster.pki.PeerIdentity;
import dev.muster.pki.PkiFailure;
import dev.muster.pki.UnlockKey;
import java.nio.file.Path;
import java.util.Optional;

/** A backup that was read and is whole. */
public final class ManagerBackup {
    private final BackupFile.Contents contents;

    private ManagerBackup(BackupFile.Contents contents) {
        this.contents = contents;
    }

    /**
     * Reads a backup and checks all of it; writes nothing.
     *
     * @throws ManagerLocked if it takes an unlock key that is not given, or another one
     * @throws ManagerFailure if it is no backup, damaged, or newer than this program
     */
    public static ManagerBackup read(Path file, Optional<UnlockKey> unlockKey, Sources sources) {
        try {
            return new ManagerBackup(
                    BackupFile.read(file, unlockKey.map(key -> key.key().toByteArray()), sources.secureRandom()));
        } catch (LockedException e) {
            throw new ManagerLocked(e);
        } catch (RaftException | UnreadableLogException e) {
            throw new ManagerFailure(e.getMessage(), e);
        }
    }

    /** What is known of it in clear. */
    public BackupHeader header() {
        return contents.header();
    }

    /** The cluster as it was. */
    public ClusterState state() {
        return contents.state();
    }

    /** That managers were locked with; the restored one is, too. */
    public Optional<UnlockKey> unlockKey() {
        return contents.unlockKey().map(key -> new UnlockKey(ByteString.copyFrom(key)));
    }

    BackupFile.Contents contents() {
        return contents;
    }

    /**
     * The identity of a new manager of the cluster.
     *
     * @throws ManagerFailure if the backup does not hold the key of the cluster's root
     */
    public NodeIdentity newManager(Sources sources) {
        var cluster = contents.state().cluster().orElseThrow();
        var root = cluster.getRootCa();
        if (root.getKeyPem().isEmpty()) {
            throw new ManagerFailure("the key of the cluster's root certificate is with an external CA and not in the"
                    + " backup: nobody can issue a certificate to this node");
        }
        var random = sources.secureRandom();
        try {
            return CertificateAuthority.read(
                            root.getCertificatePem().toByteArray(),
                            root.getKeyPem().toByteArray(),
                            random)
                    .selfIssue(
                            new PeerIdentity(Ids.create(random), NodeRole.ROLE_MANAGER, cluster.getId()),
                            sources.clock().instant(),
                            ClusterSettings.certificateLifetime(cluster.getSpec()));
        } catch (PkiFailure e) {
            throw new ManagerFailure("the root certificate in the backup is of no use: " + e.getMessage(), e);
        }
    }
}
