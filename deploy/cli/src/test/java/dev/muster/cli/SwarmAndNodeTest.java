package dev.muster.cli;

import static dev.muster.cli.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.GetClusterResponse;
import dev.muster.api.GetNodeResponse;
import dev.muster.api.InitRequest;
import dev.muster.api.InitResponse;
import dev.muster.api.JoinRequest;
import dev.muster.api.JoinResponse;
import dev.muster.api.LeaveRequest;
import dev.muster.api.LeaveResponse;
import dev.muster.api.ListNodesRequest;
import dev.muster.api.ListNodesResponse;
import dev.muster.api.NodeInfoResponse;
import dev.muster.api.NodeRole;
import dev.muster.api.RemoveNodeRequest;
import dev.muster.api.UpdateClusterRequest;
import dev.muster.api.UpdateClusterResponse;
import dev.muster.api.UpdateNodeRequest;
import dev.muster.api.UpdateNodeResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SwarmAndNodeTest {

    private static final String NODE = """
        node {
          id: "n1" meta { version: 7 } spec { role: ROLE_MANAGER annotations { labels { key: "old" value: "1" } } }
          description { hostname: "alpha" } manager_status { address: "10.0.0.1:2377" leader: true }
        }
        """;

    private final FakeDaemon daemon = FakeDaemon.start();

    @AfterEach
    void stop() {
        daemon.close();
    }

    private void aCluster() {
        daemon.on(
                "GetCluster",
                message(
                        "cluster { meta { version: 3 } } worker_token: \"WT\" manager_token: \"MT\"",
                        GetClusterResponse.class));
        daemon.on("NodeInfo", message("node_id: \"n1\"", NodeInfoResponse.class));
        daemon.on("GetNode", message(NODE, GetNodeResponse.class));
    }

    @Test
    void initStartsAClusterAndSaysHowToJoinIt() {
        aCluster();
        daemon.on("Init", message("node_id: \"n1\"", InitResponse.class));
        Run run = Run.of(
                daemon,
                "swarm init --advertise-addr 10.0.0.1 --task-history-limit 2 --availability drain --default-addr-pool"
                        + " 10.9.0.0/16");
        assertThat(run).isEqualTo(new Run(0, """
            Swarm initialized: current node (n1) is now a manager.

            To add a worker to this swarm, run the following command:

                muster swarm join --token WT 10.0.0.1:2377

            To add a manager to this swarm, run 'muster swarm join-token manager' and follow the instructions.

            """, ""));
        assertThat(daemon.request("Init").read(InitRequest.parser())).isEqualTo(message("""
            listen_address: "0.0.0.0:2377" advertise_address: "10.0.0.1" availability: AVAILABILITY_DRAIN
            spec { task_history_limit: 2 } default_address_pools: "10.9.0.0/16" subnet_size: 24
            """, InitRequest.class));
        assertThat(daemon.request("Init").path()).isEqualTo("/muster.v1.NodeControl/Init");
    }

    @Test
    void initSaysWhichFlagHelpsWhereTheAddressIsUnclear() {
        daemon.refuse(
                "Init",
                400,
                "invalid_argument",
                "could not choose an IP address to advertise since this system has multiple addresses");
        assertThat(Run.of(daemon, "swarm init"))
                .isEqualTo(new Run(
                        1,
                        "",
                        "Error response from daemon: could not choose an IP address to advertise since this system has"
                                + " multiple addresses - specify one with --advertise-addr\n"));
    }

    @Test
    void initRefusesWhatItDoesNotUnderstand() {
        assertThat(Run.of(daemon, "swarm init --availability x").err())
                .isEqualTo("invalid availability \"x\", only active, pause and drain are supported\n");
        assertThat(Run.of(daemon, "swarm init --default-addr-pool 10.0.0.0/40").err())
                .startsWith("invalid argument \"10.0.0.0/40\" for \"--default-addr-pool\" flag: invalid CIDR address");
        assertThat(Run.of(daemon, "swarm init --data-path-port 80").err()).contains("1024 to 49151");
        assertThat(daemon.requests()).isEmpty();
    }

    @Test
    void joinSaysAsWhat() {
        daemon.on("Join", message("role: ROLE_WORKER", JoinResponse.class));
        assertThat(Run.of(daemon, "swarm join --token T 10.0.0.1:2377"))
                .isEqualTo(new Run(0, "This node joined a swarm as a worker.\n", ""));
        assertThat(daemon.request("Join").read(JoinRequest.parser()))
                .isEqualTo(message(
                        "listen_address: \"0.0.0.0:2377\" remote_addresses: \"10.0.0.1:2377\" token: \"T\"",
                        JoinRequest.class));
    }

    @Test
    void joinTokenShowsAndRotates() {
        aCluster();
        daemon.on("UpdateCluster", UpdateClusterResponse.getDefaultInstance());
        assertThat(Run.of(daemon, "swarm join-token -q manager").out()).isEqualTo("MT\n");
        assertThat(Run.of(daemon, "swarm join-token worker").out()).isEqualTo("""
            To add a worker to this swarm, run the following command:

                muster swarm join --token WT 10.0.0.1:2377

            """);
        assertThat(Run.of(daemon, "swarm join-token --rotate worker").out())
                .startsWith("Successfully rotated worker join token.\n\nTo add a worker");
        assertThat(daemon.request("UpdateCluster").read(UpdateClusterRequest.parser()))
                .isEqualTo(message("version: 3 rotate_worker_token: true", UpdateClusterRequest.class));
        assertThat(Run.of(daemon, "swarm join-token boss")).isEqualTo(new Run(1, "", "unknown role boss\n"));
    }

    @Test
    void leave() {
        daemon.on("Leave", LeaveResponse.getDefaultInstance());
        assertThat(Run.of(daemon, "swarm leave -f").out()).isEqualTo("Node left the swarm.\n");
        assertThat(daemon.request("Leave").read(LeaveRequest.parser()).getForce())
                .isTrue();
    }

    @Test
    void nodeListMarksTheNodeThatAnswers() {
        aCluster();
        daemon.on("ListNodes", message("""
            nodes { id: "n2aaaaaaaaaaaaaaaaaaaaaaa" spec { availability: AVAILABILITY_DRAIN } description { hostname: "b10" engine_version: "0.1" } status { state: NODE_DOWN } }
            nodes { id: "n1" description { hostname: "b9" engine_version: "0.1" } status { state: NODE_READY } manager_status { leader: true } }
            nodes { id: "n3" description { hostname: "a" } status { state: NODE_READY } manager_status { reachability: REACHABILITY_REACHABLE } }
            """, ListNodesResponse.class));
        assertThat(Run.of(daemon, "node ls -f role=manager").out()).isEqualTo("""
            ID                            HOSTNAME   STATUS    AVAILABILITY   MANAGER STATUS   ENGINE VERSION
            n3                            a          Ready     Active         Reachable\s\s\s\s\s\s\s\s
            n1 *                          b9         Ready     Active         Leader           0.1
            n2aaaaaaaaaaaaaaaaaaaaaaa     b10        Down      Drain                           0.1
            """);
        assertThat(daemon.request("ListNodes").read(ListNodesRequest.parser()))
                .isEqualTo(message("filters { key: \"role\" values: \"manager\" }", ListNodesRequest.class));
        assertThat(Run.of(daemon, "node list -q").out()).isEqualTo("n3\nn1\nn2aaaaaaaaaaaaaaaaaaaaaaa\n");
        assertThat(Run.of(daemon, "node ls --format {{.Hostname}}:{{.Self}}").out())
                .isEqualTo("a:false\nb9:true\nb10:false\n");
    }

    @Test
    void nodeUpdateChangesLabelsAndAvailability() {
        aCluster();
        daemon.on("UpdateNode", UpdateNodeResponse.getDefaultInstance());
        Run run = Run.of(
                daemon, "node update --label-add environment=production --label-rm old --availability pause alpha");
        assertThat(run).isEqualTo(new Run(0, "alpha\n", ""));
        assertThat(daemon.request("UpdateNode").read(UpdateNodeRequest.parser()))
                .isEqualTo(message("""
                    id: "n1" version: 7
                    spec { role: ROLE_MANAGER availability: AVAILABILITY_PAUSE annotations { labels { key: "environment" value: "production" } } }
                    """, UpdateNodeRequest.class));
        assertThat(Run.of(daemon, "node update --label-rm bogus alpha").err())
                .isEqualTo("key bogus doesn't exist in node's labels\n");
        assertThat(Run.of(daemon, "node update --role boss alpha").err())
                .isEqualTo("invalid role \"boss\", only worker and manager are supported\n");
        assertThat(Run.of(daemon, "node update --role manager alpha").status()).isZero();
    }

    @Test
    void rolesAreChangedByPromotionDemotionAndUpdate() {
        aCluster();
        daemon.on("UpdateNode", UpdateNodeResponse.getDefaultInstance());
        assertThat(Run.of(daemon, "node promote alpha").out()).isEqualTo("Node n1 is already a manager.\n");
        assertThat(Run.of(daemon, "node demote alpha"))
                .isEqualTo(new Run(0, "Manager alpha demoted in the swarm.\n", ""));
        assertThat(daemon.request("UpdateNode")
                        .read(UpdateNodeRequest.parser())
                        .getSpec()
                        .getRole())
                .isEqualTo(NodeRole.ROLE_WORKER);
        assertThat(Run.of(daemon, "node update --role worker alpha").out()).isEqualTo("alpha\n");

        daemon.on("GetNode", message(NODE.replace("ROLE_MANAGER", "ROLE_WORKER"), GetNodeResponse.class));
        assertThat(Run.of(daemon, "node demote alpha").out()).isEqualTo("Node n1 is already a worker.\n");
        assertThat(Run.of(daemon, "node promote alpha"))
                .isEqualTo(new Run(0, "Node alpha promoted to a manager in the swarm.\n", ""));
    }

    @Test
    void nodeRemoveGoesOnAfterAnError() {
        daemon.raw(
                "RemoveNode",
                request -> request.read(RemoveNodeRequest.parser()).getId().equals("bad")
                        ? FakeDaemon.refusal(404, "not_found", "node bad not found")
                        : FakeDaemon.ok("application/proto", new byte[0]));
        assertThat(Run.of(daemon, "node rm --force a bad b"))
                .isEqualTo(new Run(1, "a\nb\n", "Error response from daemon: node bad not found\n"));
    }

    @Test
    void nodeInspectPrintsTheDaemonsJson() {
        aCluster();
        daemon.json("/nodes/n1", "{\"ID\":\"n1\",\"Unknown\":[1.50]}");
        assertThat(Run.of(daemon, "node inspect self").out()).isEqualTo("""
            [
                {
                    "ID": "n1",
                    "Unknown": [
                        1.50
                    ]
                }
            ]
            """);
        assertThat(Run.of(daemon, "node inspect -f {{.ID}} alpha").out()).isEqualTo("n1\n");
        assertThat(Run.of(daemon, "node inspect --pretty self").out())
                .startsWith("ID:\tn1\n")
                .contains("Hostname:\talpha\n")
                .contains(" Leader:\tYes\n");
        assertThat(Run.of(daemon, "node inspect --format {{ self"))
                .isEqualTo(new Run(64, "", "template parsing error: template: :1: unclosed action\n"));
    }
}
