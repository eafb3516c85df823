package dev.muster.manager.write;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Annotations;
import dev.muster.api.ChangeSet;
import dev.muster.api.Config;
import dev.muster.api.ConfigSpec;
import dev.muster.api.Meta;
import dev.muster.api.Timestamps;
import dev.muster.manager.state.ChangeSetBuilder;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.ClusterStates;
import dev.muster.manager.state.LocalLog;
import dev.muster.manager.state.ProposalResult;
import dev.muster.manager.state.Proposer;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is told of a write, while others write too. */
class WriterTest {
    private static final Instant NOW = Instant.ofEpochSecond(1_000_000);
    private static final Instant LATER = NOW.plusSeconds(60);

    private final LocalLog log = new LocalLog(new ClusterStates());

    /** Somebody removes whatever is written, before its writer can look. */
    private final Proposer removing = new Proposer() {
        @Override
        public List<ProposalResult> propose(List<ChangeSet> changeSets) {
            var results = log.propose(changeSets);
            for (var config : List.copyOf(log.states().current().configs().values())) {
                log.propose(new ChangeSetBuilder(NOW, "other").delete(config).build());
            }
            return results;
        }

        @Override
        public ClusterState read() {
            return log.read();
        }
    };

    private static Config config(String label) {
        return Config.newBuilder()
                .setId("c1")
                .setSpec(ConfigSpec.newBuilder()
                        .setAnnotations(Annotations.newBuilder().setName("c1").putLabels("k", label)))
                .build();
    }

    @Test
    void whatWasWrittenHasItsNewVersionAlsoWhenItIsGone() {
        var writer = new Writer(log, log.states(), () -> NOW);
        var created = writer.write("create", Config.class, (_, changes) -> {
            changes.create(config("a"));
            return config("a");
        });
        assertThat(created).isEqualTo(log.states().current().config("c1").orElseThrow());

        var updated = new Writer(removing, log.states(), () -> LATER)
                .write("update", Config.class, (state, changes) -> {
                    var wanted = config("b").toBuilder()
                            .setMeta(state.config("c1").orElseThrow().getMeta())
                            .build();
                    changes.update(wanted);
                    return wanted;
                });

        assertThat(log.states().current().config("c1")).isEmpty();
        assertThat(updated.getMeta())
                .isEqualTo(Meta.newBuilder()
                        .setVersion(created.getMeta().getVersion() + 1)
                        .setCreatedAt(Timestamps.of(NOW))
                        .setUpdatedAt(Timestamps.of(LATER))
                        .build());
    }

    @Test
    void whatWasLeftAloneIsAsItWasRead() {
        var writer = new Writer(log, log.states(), () -> NOW);
        writer.commit("create", (_, changes) -> changes.create(config("a")));
        var stored = log.states().current().config("c1").orElseThrow();

        var untouched = writer.write(
                "update", Config.class, (state, _) -> state.config("c1").orElseThrow());

        assertThat(untouched).isEqualTo(stored);
    }
}
