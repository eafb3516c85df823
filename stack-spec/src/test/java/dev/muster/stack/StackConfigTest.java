package dev.muster.stack;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StackConfigTest {

    private static Stacks everyKey() {
        return Stacks.of(Stacks.resource("every-key.yml"))
                .with("HOME", "/home/me")
                .file("/stack/x.env", "X=1\n# a comment\n  Y=2 3 \nHOME\nNOPE\n");
    }

    /** As a stock client prints it, except for build's further keys and oom_score_adj, which that leaves out. */
    @Test
    void printsEveryKeyInTheLongForm() {
        assertThat(everyKey().config()).isEqualTo(Stacks.resource("every-key.config.yml"));
    }

    @Test
    void whatItPrintsIsAStackFileThatPrintsTheSame() {
        String once = everyKey().config();
        String file = once.replace("    env_file:\n      - x.env\n", "");
        assertThat(Stacks.of(file).config()).isEqualTo(file);
    }

    @Test
    void laysTheLaterFileOverTheEarlier() {
        String earlier = """
            services:
              a:
                image: x
                init: true
                tty: true
                command: [a]
                cap_add: [A]
                dns: [1.1.1.1]
                environment: {A: B, Q: z}
                labels: {a: b}
                healthcheck: {test: x, retries: 3, interval: 3s}
                logging: {driver: d, options: {a: b}}
                networks: {n: {aliases: [a], driver_opts: {q: 1}}, m: }
                ports: ["80:80", "81:81/udp", {target: 9}]
                secrets: [{source: s, target: q}, r]
                ulimits: {nproc: 3, core: 4}
                volumes: ["v:/x", "w:/b"]
                deploy:
                  replicas: 3
                  labels: {a: b}
                  update_config: {parallelism: 3, order: start-first}
                  placement: {constraints: [a==b]}
                  resources: {limits: {cpus: "1", memory: 1g}}
            networks: {n: {driver: x, labels: {a: b}}}
            x-a: 1
            """;
        String later = """
            services:
              a:
                init: false
                tty: false
                command: [b, c]
                cap_add: [B]
                dns: [2.2.2.2]
                environment: {A: , B: C}
                labels: {a: "", c: d}
                healthcheck: {test: [CMD, y], retries: 0}
                logging: {options: {c: d}}
                networks: {n: {driver_opts: {z: 1}}, k: }
                ports: ["80:80/udp", {target: 8}]
                secrets: [{source: s, uid: "3"}]
                ulimits: {nproc: {soft: 5, hard: 6}}
                volumes: ["./x:/x:ro"]
                deploy:
                  replicas: 0
                  labels: {c: d}
                  update_config: {parallelism: 0, delay: 3s}
                  placement: {constraints: [c==d]}
                  resources: {limits: {cpus: "2"}}
              b: {image: y}
            networks: {n: {attachable: true}}
            x-b: 2
            """;
        assertThat(Stacks.of(earlier, later).config()).isEqualTo(Stacks.resource("merged.config.yml"));
    }

    @Test
    void anotherLogDriverReplacesTheOptions() {
        String yaml = Stacks.of(
                        "services: {a: {logging: {driver: x, options: {a: b}}}}",
                        "services: {a: {logging: {driver: z, options: {c: d}}}}")
                .config();
        assertThat(yaml).isEqualTo("""
            version: "3.13"
            services:
              a:
                logging:
                  driver: z
                  options:
                    c: d
            """);
    }

    @Test
    void leavesVariablesAloneIfAsked() {
        assertThat(Stacks.of("services: {a: {image: \"${X}\"}}").with("X", "y").config(false))
                .isEqualTo("""
                    version: "3.13"
                    services:
                      a:
                        image: ${X}
                    """);
    }
}
