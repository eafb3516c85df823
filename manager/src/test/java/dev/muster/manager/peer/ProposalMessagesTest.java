package dev.muster.manager.peer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Kind;
import dev.muster.api.ProposalOutcome;
import dev.muster.manager.state.ObjectKey;
import dev.muster.manager.state.ProposalResult;
import dev.muster.manager.state.Rejection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ProposalMessagesTest {
    private static final ObjectKey NODE = ObjectKey.node("n1");
    private static final ObjectKey SERVICE = ObjectKey.service("s1");

    static Stream<ProposalResult> results() {
        return Stream.concat(
                Stream.of(
                        new ProposalResult.Accepted(7),
                        new ProposalResult.NotLeader(Optional.of("n1")),
                        new ProposalResult.NotLeader(Optional.empty()),
                        new ProposalResult.TooLarge(20, 10, List.of("service s1: 19 bytes")),
                        new ProposalResult.Refused("why"),
                        new ProposalResult.Unknown("why"),
                        new ProposalResult.Rejected(rejections().toList())),
                rejections().map(one -> new ProposalResult.Rejected(List.of(one))));
    }

    private static Stream<Rejection> rejections() {
        return Stream.of(
                new Rejection.VersionConflict(NODE, 3, 4),
                new Rejection.AlreadyExists(NODE),
                new Rejection.NameTaken(Kind.KIND_SERVICE, "web", "s1"),
                new Rejection.Missing(NODE),
                new Rejection.MissingReference(SERVICE, NODE),
                new Rejection.InUse(NODE, SERVICE),
                new Rejection.RequirementFailed(NODE, "is gone"),
                new Rejection.StaleFence(1, 2, 3, 4),
                new Rejection.Illegal(NODE, "a rule"));
    }

    @ParameterizedTest
    @MethodSource("results")
    void everyResultArrivesAsItWasSent(ProposalResult result) {
        assertThat(ProposalMessages.result(ProposalMessages.outcome(result))).isEqualTo(result);
    }

    @Test
    void thereIsAnExampleOfEveryKindOfRejection() {
        assertThat(rejections().map(Object::getClass))
                .containsExactlyInAnyOrder(Rejection.class.getPermittedSubclasses());
    }

    @Test
    void anOutcomeOfANewerVersionIsUnknown() {
        assertThat(ProposalMessages.result(ProposalOutcome.getDefaultInstance()))
                .isInstanceOf(ProposalResult.Unknown.class);
    }
}
