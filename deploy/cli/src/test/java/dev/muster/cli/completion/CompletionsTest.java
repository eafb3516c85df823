package dev.muster.cli.completion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Annotations;
import dev.muster.api.ListNetworksResponse;
import dev.muster.api.ListNodesResponse;
import dev.muster.api.ListServicesResponse;
import dev.muster.api.Network;
import dev.muster.api.NetworkSpec;
import dev.muster.api.Node;
import dev.muster.api.NodeDescription;
import dev.muster.api.Service;
import dev.muster.api.ServiceSpec;
import dev.muster.cli.FakeDaemon;
import dev.muster.cli.Run;
import dev.muster.cli.console.Console.Terminal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CompletionsTest {

    private final FakeDaemon daemon = FakeDaemon.start();

    @BeforeEach
    void objects() {
        daemon.on(
                "ListServices",
                ListServicesResponse.newBuilder()
                        .addServices(service("s_web", "s"))
                        .addServices(service("s_api", "s"))
                        .build());
        daemon.on(
                "ListNodes",
                ListNodesResponse.newBuilder()
                        .addNodes(Node.newBuilder()
                                .setDescription(NodeDescription.newBuilder().setHostname("node-1")))
                        .build());
        daemon.on(
                "ListNetworks",
                ListNetworksResponse.newBuilder()
                        .addNetworks(Network.newBuilder()
                                .setSpec(NetworkSpec.newBuilder()
                                        .setAnnotations(Annotations.newBuilder().setName("front"))))
                        .build());
    }

    private static Service service(String name, String stack) {
        var annotations = Annotations.newBuilder().setName(name).putLabels("com.docker.stack.namespace", stack);
        return Service.newBuilder()
                .setSpec(ServiceSpec.newBuilder().setAnnotations(annotations))
                .build();
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    private List<String> complete(String host, String line) {
        List<String> words = new ArrayList<>(List.of("__complete"));
        words.addAll(List.of(line.split(" ", -1)));
        Run run = Run.of(words, "", Map.of("MUSTER_HOST", host), Path.of("/"), Terminal.NONE);
        assertThat(run.status()).isZero();
        assertThat(run.err()).isEmpty();
        return run.out().lines().toList();
    }

    /** A line up to the cursor, and the words that may stand there. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = false, textBlock = """
        s|secret,service,stack,swarm
        service r|rm,rollback
        service rm |s_web,s_api
        service rm s_w|s_web
        service rm s_web |s_api
        service scale s_a|s_api=
        service update --update-o|--update-order
        service update --update-order |start-first,stop-first
        service update --update-order=st|--update-order=start-first,--update-order=stop-first
        service create --network |front
        service create --env-file |__files
        stack rm |s
        stack deploy -c |__files
        node update --availability |active,pause,drain
        node ps |self,node-1
        node inspect n|node-1
        -H unix:///nowhere node l|ls
        swarm join-token |worker,manager
        secret create name |__files
        completion |bash,zsh
        service bogus |
        """)
    void offersWhatMayStandAtTheCursor(String line, String expected) {
        assertThat(complete(daemon.host(), line))
                .isEqualTo(expected == null ? List.of() : List.of(expected.split(",")));
    }

    @Test
    void offersAllFlagsOfACommand() {
        assertThat(complete(daemon.host(), "service ls -"))
                .containsExactly("--filter", "--format", "--quiet", "--help");
    }

    @Test
    void withoutADaemonThereAreNoNamesAndNoErrors() {
        assertThat(complete("unix:///nonexistent/s", "service rm ")).isEmpty();
        assertThat(complete("tcp://h:1", "service rm ")).isEmpty();
    }
}
