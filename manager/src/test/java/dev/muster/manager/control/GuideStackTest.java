package dev.muster.manager.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.api.ApplyStackRequest;
import dev.muster.api.ApplyStackResponse;
import dev.muster.api.Kind;
import dev.muster.api.StackAction;
import dev.muster.api.StackSpec;
import dev.muster.stack.StackFiles;
import dev.muster.stack.StackResult;
import dev.muster.stack.load.StackLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The guide's own stack file, from its text to what is stored. */
class GuideStackTest {
    private static final Path GUIDE =
            Path.of("../deploy/examples/guide").toAbsolutePath().normalize();
    private static final List<String> SECRETS = List.of("db_password", "jwt_secret", "ssl_cert", "ssl_key");

    private final ControlFixture fixture = new ControlFixture();

    private static StackSpec stack() throws IOException {
        var source = new StackLoader.Source("docker-stack.yml", Files.readString(GUIDE.resolve("docker-stack.yml")));
        var files = new StackFiles(
                List.of(source), GUIDE.toString(), Map.of(), (path, most) -> Files.readAllBytes(Path.of(path)));
        return switch (files.specs("myapp")) {
            case StackResult.Parsed parsed -> parsed.specs();
            case StackResult.Invalid invalid ->
                throw new AssertionError(invalid.problems().toString());
            case StackResult.Rendered _ -> throw new AssertionError("specs were asked for");
        };
    }

    private ApplyStackResponse deploy() throws IOException {
        return fixture.control.applyStack(
                ApplyStackRequest.newBuilder().setStack(stack()).build());
    }

    @Test
    void isRefusedWholeWhileItsSecretsAreMissing() {
        fixture.secret("db_password");
        var before = fixture.proposals();

        assertThatThrownBy(this::deploy)
                .isInstanceOf(ControlFailure.class)
                .hasMessageStartingWith("secrets not found: jwt_secret, ssl_cert, ssl_key");
        assertThat(fixture.proposals()).isEqualTo(before);
    }

    @Test
    void isDeployedInOneChangeAndAgainInNone() throws IOException {
        SECRETS.forEach(fixture::secret);
        var before = fixture.proposals();

        var first = deploy();

        assertThat(fixture.proposals()).isEqualTo(before + 1);
        assertThat(first.getActionsList()).extracting(StackAction::getAction).containsOnly(StackAction.Action.CREATE);
        assertThat(first.getActionsList())
                .filteredOn(action -> action.getKind() == Kind.KIND_SERVICE)
                .extracting(StackAction::getName)
                .containsExactly("myapp_api", "myapp_database", "myapp_web");
        assertThat(first.getWarningsList()).as("no registry answers here").hasSize(3);
        var database =
                fixture.state().serviceNamed("myapp_database").orElseThrow().getSpec();
        assertThat(database.getTask().getPlacement().getConstraintsList())
                .containsExactly("node.labels.type == database");
        var backend = fixture.state().networkNamed("myapp_backend").orElseThrow();
        assertThat(backend.getSpec().getInternal()).isTrue();
        assertThat(database.getTask().getNetworks(0).getTarget()).isEqualTo(backend.getId());

        var again = deploy();

        assertThat(again.getActionsList())
                .extracting(StackAction::getAction)
                .containsOnly(StackAction.Action.UNCHANGED);
        assertThat(fixture.proposals()).isEqualTo(before + 1);
    }
}
