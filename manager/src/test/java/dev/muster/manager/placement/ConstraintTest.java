package dev.muster.manager.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Annotations;
import dev.muster.api.Node;
import dev.muster.api.NodeDescription;
import dev.muster.api.NodeRole;
import dev.muster.api.NodeSpec;
import dev.muster.api.NodeStatus;
import dev.muster.api.Platform;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConstraintTest {
    private static final Node NODE = Node.newBuilder()
            .setId("abc123")
            .setRole(NodeRole.ROLE_MANAGER)
            .setSpec(NodeSpec.newBuilder()
                    .setAnnotations(
                            Annotations.newBuilder().putLabels("zone", "East").putLabels("Disk", "ssd"))
                    .setRole(NodeRole.ROLE_WORKER))
            .setDescription(NodeDescription.newBuilder()
                    .setHostname("Host-1")
                    .setPlatform(Platform.newBuilder().setOs("linux").setArchitecture("x86_64"))
                    .putEngineLabels("storage", "fast"))
            .setStatus(NodeStatus.newBuilder().setAddress("10.1.2.3"))
            .build();

    @ParameterizedTest
    @CsvSource({
        "node.id==abc123, true",
        "node.id == ABC123, true",
        "node.id == abc, false",
        "NODE.ID == abc123, true",
        "node.hostname==host-1, true",
        "node.hostname != host-2, true",
        "node.role == manager, true",
        "node.role == worker, false",
        "node.platform.os == Linux, true",
        "node.platform.arch == x86_64, true",
        "node.platform.arch == amd64, false",
        "node.ip == 10.1.2.3, true",
        "node.ip != 10.1.2.3, false",
        "node.ip == 10.1.2.4, false",
        "node.ip == 10.1.0.0/16, true",
        "node.ip != 10.1.0.0/16, false",
        "node.ip == 10.2.0.0/16, false",
        "node.ip == 10.1.2.0/99, false",
        "node.ip == fd00::1, false",
        "node.ip != fd00::1, true",
        "node.ip == host, false",
        "node.ip != host, false",
        "node.labels.zone == east, true",
        "Node.Labels.zone == east, true",
        "node.labels.ZONE == east, false",
        "node.labels.Disk == ssd, true",
        "node.labels.none == x, false",
        "node.labels.none != x, true",
        "node.labels.zone == ea*, false",
        "engine.labels.storage == fast, true",
        "engine.labels.storage != fast, false",
        "engine.labels.none != fast, true",
        "node.unknown == x, false",
        "node.unknown != x, false",
        "node.labels. == x, false",
    })
    void matches(String expression, boolean expected) {
        assertThat(Constraint.parse(expression).matches(NODE)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "node.id, 'constraint expected one operator from ==, !='",
        "node.id=x, 'constraint expected one operator from ==, !='",
        "1node==x, key '1node' is invalid",
        "==x, key '' is invalid",
        "no de==x, key 'no de' is invalid",
        "node.id==, value '' is invalid",
        "node.id==a;b, value 'a;b' is invalid",
        "node.id===x, value '=x' is invalid",
    })
    void saysWhatIsWrongInSwarmsWords(String expression, String problem) {
        assertThat(Constraint.problem(expression)).contains(problem);
    }

    @Test
    void aNodeThatHasNotDescribedItselfHasEmptyProperties() {
        var unknown = Node.newBuilder().setId("new").build();
        assertThat(Constraint.parse("node.hostname == a").matches(unknown)).isFalse();
        assertThat(Constraint.parse("node.hostname != a").matches(unknown)).isTrue();
        assertThat(Constraint.parse("node.ip == 10.0.0.0/8").matches(unknown)).isFalse();
    }

    @Test
    void allConstraintsMustBeMetAndUnreadableOnesNeverAre() {
        assertThat(Constraints.of(List.of()).matches(NODE)).isTrue();
        assertThat(Constraints.of(List.of("node.role==manager", "node.labels.zone==east"))
                        .matches(NODE))
                .isTrue();
        assertThat(Constraints.of(List.of("node.role==manager", "node.labels.zone==west"))
                        .matches(NODE))
                .isFalse();
        assertThat(Constraints.of(List.of("nonsense")).matches(NODE)).isFalse();
        assertThat(Constraints.problem(List.of("node.id==a", "b"))).isPresent();
    }
}
