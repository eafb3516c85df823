package dev.muster.cli;

import static dev.muster.cli.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.CreateConfigRequest;
import dev.muster.api.CreateConfigResponse;
import dev.muster.api.CreateNetworkRequest;
import dev.muster.api.CreateNetworkResponse;
import dev.muster.api.CreateSecretRequest;
import dev.muster.api.CreateSecretResponse;
import dev.muster.api.GetClusterResponse;
import dev.muster.api.GetConfigResponse;
import dev.muster.api.GetNetworkResponse;
import dev.muster.api.ListNetworksResponse;
import dev.muster.api.ListNodesResponse;
import dev.muster.api.ListSecretsResponse;
import dev.muster.api.NodeInfoResponse;
import dev.muster.api.RemoveNetworkResponse;
import dev.muster.api.VersionResponse;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Secrets, configs, networks, info, version, help. */
class ObjectsTest {

    private final FakeDaemon daemon = FakeDaemon.start();

    @AfterEach
    void stop() {
        daemon.close();
    }

    private Run run(String line) {
        return Run.of(daemon, line);
    }

    @Test
    void secretCreateTakesStandardInputOrAFile() throws IOException {
        daemon.on("CreateSecret", message("secret { id: \"sid\" }", CreateSecretResponse.class));
        assertThat(Run.of(
                        daemon,
                        "secret create -l a=b --template-driver golang db_password -".replace("db_password", "dbp"),
                        "hush\n"))
                .isEqualTo(new Run(0, "sid\n", ""));
        assertThat(daemon.request("CreateSecret").read(CreateSecretRequest.parser()))
                .isEqualTo(message(
                        "spec { annotations { name: \"dbp\" labels { key: \"a\" value: \"b\" } } data: \"hush\\n"
                                + "\" templating { name: \"golang\" } }",
                        CreateSecretRequest.class));
        Files.writeString(daemon.directory().resolve("file"), "x");
        assertThat(run("secret create s file").status()).isZero();
        Files.delete(daemon.directory().resolve("file"));
        assertThat(run("secret create -d vault s").status()).isZero();
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "=>", quoteCharacter = '\0', textBlock = """
        secret create s        => secret file is required
        secret create -d v s - => when using secret driver secret data must be empty
        secret create s -      => error reading from STDIN: data is empty
        secret create s gone   => error reading from gone: open gone: no such file or directory
        config create s -      => error reading from STDIN: data is empty
        """)
    void createSaysWhatIsMissing(String line, String message) {
        assertThat(run(line)).isEqualTo(new Run(1, "", message + "\n"));
    }

    @Test
    void secretList() {
        daemon.on("ListSecrets", message("""
            secrets { id: "s1" spec { annotations { name: "b" labels { key: "x" value: "1" } } } meta { created_at { seconds: 1772359200 } updated_at { seconds: 1772366395 } } }
            secrets { id: "s0" spec { annotations { name: "a" } driver { name: "vault" } } }
            """, ListSecretsResponse.class));
        assertThat(run("secret ls").out()).isEqualTo("""
            ID        NAME      DRIVER    CREATED       UPDATED
            s0        a         vault                  \s
            s1        b                   2 hours ago   5 seconds ago
            """);
        assertThat(run("secret ls --format {{.Name}}:{{.Labels}}:{{.Label_\"x\"}}")
                        .out())
                .isEqualTo("a::\nb:x=1:1\n");
    }

    @Test
    void configCreateAndInspect() {
        daemon.on("CreateConfig", message("config { id: \"cid\" }", CreateConfigResponse.class));
        assertThat(Run.of(daemon, "config create c -", "data").out()).isEqualTo("cid\n");
        assertThat(daemon.request("CreateConfig").read(CreateConfigRequest.parser()))
                .isEqualTo(message("spec { annotations { name: \"c\" } data: \"data\" }", CreateConfigRequest.class));
        daemon.on(
                "GetConfig",
                message(
                        "config { id: \"cid\" spec { annotations { name: \"c\" } data: \"data\" } }",
                        GetConfigResponse.class));
        assertThat(run("config inspect --pretty c").out())
                .startsWith("ID:\tcid\nName:\tc\n")
                .endsWith("Data:\ndata\n");
        daemon.json("/configs/c", "{\"ID\":\"cid\"}");
        assertThat(run("config inspect c gone"))
                .isEqualTo(new Run(
                        1,
                        "[\n    {\n        \"ID\": \"cid\"\n    }\n]\n",
                        "Error response from daemon: the test says nothing of /configs/gone\n"));
        assertThat(run("config inspect gone").out()).isEqualTo("[]\n");
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "=>", quoteCharacter = '\0', textBlock = """
        --driver overlay --attachable --subnet=10.0.9.0/24 n => driver { name: "overlay" } attachable: true ipam { configs { subnet: "10.0.9.0/24" } }
        -d overlay --internal --label a=b -o k=v n => annotations { labels { key: "a" value: "b" } } driver { name: "overlay" options { key: "k" value: "v" } } internal: true
        --subnet 10.1.0.0/16 --subnet 10.2.0.0/16 --gateway 10.2.0.1 --ip-range 10.1.5.0/24 --aux-address h=10.1.0.9 n => driver { name: "bridge" } ipam { configs { subnet: "10.1.0.0/16" range: "10.1.5.0/24" auxiliary { key: "h" value: "10.1.0.9" } } configs { subnet: "10.2.0.0/16" gateway: "10.2.0.1" } }
        --ingress --scope swarm --ipv6 --ipam-driver x --ipam-opt a=b n => driver { name: "bridge" } ingress: true scope: "swarm" ipv6: true ipam { driver { name: "x" options { key: "a" value: "b" } } }
        """)
    void networkCreate(String flags, String spec) {
        daemon.on("CreateNetwork", message("network { id: \"nid\" }", CreateNetworkResponse.class));
        assertThat(run("network create " + flags)).isEqualTo(new Run(0, "nid\n", ""));
        var expected = message("spec {" + spec + "}", CreateNetworkRequest.class).toBuilder();
        expected.getSpecBuilder().getAnnotationsBuilder().setName("n");
        assertThat(daemon.request("CreateNetwork").read(CreateNetworkRequest.parser()))
                .isEqualTo(expected.build());
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "=>", quoteCharacter = '\0', textBlock = """
        --gateway 10.0.0.1 n                              => every ip-range or gateway must have a corresponding subnet
        --subnet 10.0.0.0/8 --subnet 10.1.0.0/16 n        => multiple overlapping subnet configuration is not supported
        --subnet 10.0.0.0/24 --gateway 10.1.0.1 n         => no matching subnet for gateway 10.1.0.1
        --subnet 10.0.0.0/24 --gateway 10.0.0.1 --gateway 10.0.0.2 n => cannot configure multiple gateways (10.0.0.2, 10.0.0.1) for the same subnet
        --subnet 10.0.0.0/24 --ip-range 10.0.0.0/25 --ip-range 10.0.0.128/25 n => cannot configure multiple ranges (10.0.0.128/25, 10.0.0.0/25) on the same subnet
        --subnet x n                                      => invalid CIDR address: x
        --ipv4=false n                                    => --ipv4=false is not supported yet
        """)
    void networkCreateRefusesAddressesThatDoNotFit(String flags, String message) {
        assertThat(run("network create " + flags)).isEqualTo(new Run(1, "", message + "\n"));
    }

    @Test
    void networkListAndRemove() {
        daemon.on("ListNetworks", message("""
            networks { id: "aaaaaaaaaaaaaaaaaaaaaaaaa" spec { annotations { name: "front" } driver { name: "overlay" } } }
            networks { id: "bbbbbbbbbbbbbbbbbbbbbbbbb" spec { annotations { name: "ingress" } ingress: true } }
            """, ListNetworksResponse.class));
        assertThat(run("network ls").out()).isEqualTo("""
            NETWORK ID     NAME      DRIVER    SCOPE
            aaaaaaaaaaaa   front     overlay   swarm
            bbbbbbbbbbbb   ingress   overlay   swarm
            """);
        assertThat(run("network ls -q --no-trunc").out())
                .isEqualTo("aaaaaaaaaaaaaaaaaaaaaaaaa\nbbbbbbbbbbbbbbbbbbbbbbbbb\n");
        daemon.on("GetNetwork", GetNetworkResponse.getDefaultInstance());
        daemon.on("RemoveNetwork", RemoveNetworkResponse.getDefaultInstance());
        assertThat(run("network rm a b").out()).isEqualTo("a\nb\n");
        daemon.on("GetNetwork", message("network { spec { ingress: true } }", GetNetworkResponse.class));
        assertThat(Run.of(daemon, "network rm ingress", "n\n").out())
                .startsWith("WARNING!")
                .doesNotEndWith("ingress\n");
        assertThat(Run.of(daemon, "network rm ingress", "y\n").out()).endsWith("[y/N] ingress\n");
        daemon.refuse("GetNetwork", 404, "not_found", "network x not found");
        assertThat(run("network rm -f x")).isEqualTo(new Run(0, "", ""));
        assertThat(run("network rm x")).isEqualTo(new Run(1, "", "Error response from daemon: network x not found\n"));
    }

    @Test
    void infoShowsTheNodeAndItsCluster() {
        daemon.on("NodeInfo", message("""
            state: LOCAL_ACTIVE node_id: "n1" node_address: "10.0.0.1" control_available: true hostname: "alpha" cpus: 2 memory_bytes: 8589934592
            remote_managers { address: "10.0.0.1:2377" } containers { running: 2 stopped: 1 } warnings: "no swap"
            """, NodeInfoResponse.class));
        daemon.on(
                "GetCluster",
                message(
                        "cluster { id: \"c1\" default_address_pools: \"10.0.0.0/8\" subnet_size: 24 data_path_port:"
                                + " 4789 }",
                        GetClusterResponse.class));
        daemon.on("ListNodes", message("nodes { manager_status {} } nodes {}", ListNodesResponse.class));
        Run run = run("info");
        assertThat(run.status()).isZero();
        assertThat(run.err()).isEqualTo("WARNING: no swap\n");
        assertThat(run.out())
                .contains("""
                     Swarm: active
                      NodeID: n1
                      Is Manager: true
                      ClusterID: c1
                      Managers: 1
                      Nodes: 2
                      Default Address Pool: 10.0.0.0/8
                      SubnetSize: 24
                      Data Path Port: 4789
                      Orchestration:
                       Task History Retention Limit: 5
                      Raft:
                       Snapshot Interval: 10000
                      Dispatcher:
                       Heartbeat Period: 5 seconds
                      CA Configuration:
                       Expiry Duration: 3 months
                       Force Rotate: 0
                      Autolock Managers: false
                      Node Address: 10.0.0.1
                      Manager Addresses:
                       10.0.0.1:2377
                    """)
                .contains(" Containers: 3\n  Running: 2\n")
                .contains(" Total Memory: 8GiB\n");
        daemon.on("NodeInfo", NodeInfoResponse.getDefaultInstance());
        assertThat(run("info").out()).contains(" Swarm: inactive\n").doesNotContain("NodeID");
        daemon.json("/info", "{\"Swarm\":{\"LocalNodeState\":\"active\"}}");
        assertThat(run("info --format {{.Swarm.LocalNodeState}}").out()).isEqualTo("active\n");
    }

    @Test
    void versionShowsBothSidesAndTheClientAlone() {
        daemon.on(
                "Version",
                message(
                        "version: \"9.9\" api_version: \"1.51\" min_api_version: \"1.24\" os: \"linux\" architecture:"
                                + " \"amd64\"",
                        VersionResponse.class));
        Run run = run("version");
        assertThat(run.status()).isZero();
        assertThat(run.out())
                .startsWith("Client: Muster\n Version: ")
                .contains("Server: Muster\n Engine:\n  Version:          9.9\n")
                .contains("API version:      1.51 (minimum version 1.24)");
        daemon.json("/version", "{\"Version\":\"9.9\"}");
        assertThat(run("version --format {{.Server.Version}}").out()).isEqualTo("9.9\n");
        assertThat(run("--version").out()).startsWith("Muster version ");
    }

    @Test
    void withoutADaemonVersionStillShowsTheClient() {
        Run run = run("-H unix:///nonexistent/s version");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out()).startsWith("Client: Muster\n");
        assertThat(run.err()).startsWith("Cannot connect to the Muster daemon at unix:///nonexistent/s.");
    }

    @Test
    void helpDescribesCommandsAndFlags() {
        assertThat(run("--help").out())
                .startsWith("Usage:  muster [OPTIONS] COMMAND\n")
                .contains("  service ")
                .contains("  version ");
        assertThat(run("service").out()).contains("  create ").contains("  rollback ");
        assertThat(run("help service ls").out())
                .isEqualTo(run("service ls --help").out())
                .isEqualTo("""
                    Usage:  muster service ls [OPTIONS]

                    List services

                    Aliases:
                      muster service ls, muster service list

                    Options:
                      -f, --filter=filter   Show only what matches KEY=VALUE
                          --format=string   Print with a Go template, 'table TEMPLATE', or 'json'
                      -q, --quiet           Show ids only
                    """);
        assertThat(run("service create nginx --help").out()).isEmpty();
        assertThat(run("service create --name --help nginx -h").status()).isEqualTo(1);
        assertThat(daemon.requests()).extracting(FakeDaemon.Request::call).containsOnly("CreateService");
    }

    @Test
    void completionScripts() {
        assertThat(run("completion bash").out()).contains("complete -F _muster muster");
        assertThat(run("completion zsh").out()).startsWith("#compdef muster");
        assertThat(run("completion fish"))
                .isEqualTo(new Run(1, "", "unknown shell fish: there are scripts for bash and zsh\n"));
    }
}
