package dev.muster.manager.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.muster.api.Annotations;
import dev.muster.api.ChangeSet;
import dev.muster.api.ConfigSpec;
import dev.muster.api.CreateConfigRequest;
import dev.muster.api.CreateNetworkRequest;
import dev.muster.api.CreateSecretRequest;
import dev.muster.api.NetworkSpec;
import dev.muster.api.SecretSpec;
import dev.muster.api.UpdateConfigRequest;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.LocalLog;
import dev.muster.manager.state.ProposalResult;
import dev.muster.manager.state.Proposer;
import dev.muster.manager.trust.OutsideAuthority;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Somebody removes what a call has written before the call answers: it was written nevertheless, so that is the answer. */
class RemovedAtOnceTest {
    private final LocalLog log = new LocalLog(new ClusterStates());
    private Function<ClusterState, Optional<? extends Message>> removed = _ -> Optional.empty();

    private final Proposer proposer = new Proposer() {
        @Override
        public List<ProposalResult> propose(List<ChangeSet> changeSets) {
            var results = log.propose(changeSets);
            removed.apply(log.read())
                    .ifPresent(object -> log.propose(new ChangeSetBuilder(Instant.EPOCH, "somebody")
                            .delete(object)
                            .build()));
            return results;
        }

        @Override
        public ClusterState read() {
            return log.read();
        }
    };

    private final Control control = new Control(
            proposer,
            log.states(),
            (_, _) -> new ImageResolver.Unresolved("no registry"),
            (_, _, _) -> {},
            OutsideAuthority.NONE,
            () -> Instant.EPOCH,
            new Random(7),
            new SecureRandom());

    private static Annotations named(String name) {
        return Annotations.newBuilder().setName(name).build();
    }

    private static ConfigSpec.Builder config() {
        return ConfigSpec.newBuilder().setAnnotations(named("c")).setData(ByteString.copyFromUtf8("x"));
    }

    @Test
    void aConfig() {
        removed = state -> state.configNamed("c");
        var create = CreateConfigRequest.newBuilder().setSpec(config()).build();
        assertThat(control.createConfig(create).getConfig().getId()).hasSize(25);
        assertThat(log.read().configs()).isEmpty();

        removed = _ -> Optional.empty();
        var stored = control.createConfig(create).getConfig();
        removed = state -> state.configNamed("c");
        var spec = config().setAnnotations(named("c").toBuilder().putLabels("k", "v"));
        assertThat(control.updateConfig(UpdateConfigRequest.newBuilder()
                                .setId("c")
                                .setVersion(stored.getMeta().getVersion())
                                .setSpec(spec)
                                .build())
                        .getConfig()
                        .getSpec())
                .isEqualTo(spec.build());
        assertThat(log.read().configs()).isEmpty();
    }

    @Test
    void aSecretWithoutItsData() {
        removed = state -> state.secretNamed("s");
        var spec = SecretSpec.newBuilder().setAnnotations(named("s")).setData(ByteString.copyFromUtf8("x"));
        var answer = control.createSecret(
                        CreateSecretRequest.newBuilder().setSpec(spec).build())
                .getSecret();
        assertThat(answer.getSpec()).isEqualTo(spec.clearData().build());
        assertThat(log.read().secrets()).isEmpty();
    }

    @Test
    void aNetwork() {
        removed = state -> state.networkNamed("n");
        var spec = NetworkSpec.newBuilder().setAnnotations(named("n"));
        var answer = control.createNetwork(
                        CreateNetworkRequest.newBuilder().setSpec(spec).build())
                .getNetwork();
        assertThat(answer.getSpec().getAnnotations().getName()).isEqualTo("n");
        assertThat(log.read().networks()).isEmpty();
    }
}
