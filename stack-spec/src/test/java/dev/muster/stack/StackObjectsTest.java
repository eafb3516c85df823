package dev.muster.stack;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.TextFormat;
import dev.muster.api.StackSpec;
import org.junit.jupiter.api.Test;

class StackObjectsTest {

    @Test
    void theGuidesStackBecomesTheseSpecs() throws Exception {
        StackSpec specs = Stacks.of(Stacks.resource("guide.yml"))
                .file("/stack/nginx.conf", "events {}\n")
                .specs();
        assertThat(specs).isEqualTo(TextFormat.parse(Stacks.resource("guide.textproto"), StackSpec.class));
    }

    @Test
    void createsTheNetworksThatServicesUse() throws Exception {
        String file = """
            services:
              web: {image: nginx, networks: {front: {aliases: [www]}, own: , host: , out: }}
              plain: {image: nginx}
            networks:
              front: {driver_opts: {a: 1}, attachable: true, labels: {l: m}, ipam: {driver: d, config: [{subnet: 10.0.9.0/24}]}}
              own: {name: exact}
              unused:
              host: {external: true}
              out: {external: {name: outer}}
            """;
        StackSpec specs = Stacks.of(file).specs();
        assertThat(StackSpec.newBuilder()
                        .addAllNetworks(specs.getNetworksList())
                        .addAllExternalNetworks(specs.getExternalNetworksList())
                        .build())
                .isEqualTo(TextFormat.parse("""
                    networks {
                      annotations { name: "s_default" labels { key: "com.docker.stack.namespace" value: "s" } }
                      driver { name: "overlay" }
                    }
                    networks {
                      annotations {
                        name: "s_front"
                        labels { key: "l" value: "m" }
                        labels { key: "com.docker.stack.namespace" value: "s" }
                      }
                      driver { name: "overlay" options { key: "a" value: "1" } }
                      attachable: true
                      ipam { driver { name: "d" } configs { subnet: "10.0.9.0/24" } }
                    }
                    networks {
                      annotations { name: "exact" labels { key: "com.docker.stack.namespace" value: "s" } }
                      driver { name: "overlay" }
                    }
                    external_networks: "host"
                    external_networks: "outer"
                    """, StackSpec.class));
        assertThat(specs.getServices(1).getTask().getNetworksList().toString())
                .isEqualTo(TextFormat.parse("""
                    networks { target: "exact" aliases: "web" }
                    networks { target: "host" }
                    networks { target: "outer" aliases: "web" }
                    networks { target: "s_front" aliases: "www" aliases: "web" }
                    """, dev.muster.api.TaskSpec.class)
                        .getNetworksList()
                        .toString());
    }

    @Test
    void createsSecretsAndConfigsAndLooksUpTheExternalOnesInUse() throws Exception {
        String file = """
            services:
              web:
                image: nginx
                secrets: [own, {source: ext, target: t, uid: "3", gid: "4", mode: 0440}]
                configs: [{source: own, target: /etc/x}, named]
                credential_spec: {config: own}
            secrets:
              own: {file: ./own.txt, labels: [a=b]}
              ext: {external: true}
              unused_ext: {external: true}
              driven: {driver: d, driver_opts: {k: 1}, template_driver: golang, name: exact}
            configs:
              own: {file: /abs/c, template_driver: golang}
              named: {external: {name: other}}
            """;
        StackSpec specs = Stacks.of(file)
                .file("/stack/own.txt", "hush")
                .file("/abs/c", "c")
                .specs();
        assertThat(specs.toBuilder().clearServices().clearNetworks().build())
                .isEqualTo(TextFormat.parse("""
                    namespace: "s"
                    secrets {
                      annotations { name: "exact" labels { key: "com.docker.stack.namespace" value: "s" } }
                      driver { name: "d" options { key: "k" value: "1" } }
                      templating { name: "golang" }
                    }
                    secrets {
                      annotations {
                        name: "s_own"
                        labels { key: "a" value: "b" }
                        labels { key: "com.docker.stack.namespace" value: "s" }
                      }
                      data: "hush"
                    }
                    configs {
                      annotations { name: "s_own" labels { key: "com.docker.stack.namespace" value: "s" } }
                      data: "c"
                      templating { name: "golang" }
                    }
                    external_secrets: "ext"
                    external_configs: "other"
                    """, StackSpec.class));
        assertThat(specs.getServices(0).getTask().getContainer())
                .isEqualTo(TextFormat.parse("""
                    image: "nginx:latest"
                    labels { key: "com.docker.stack.namespace" value: "s" }
                    privileges { credential_spec { config: "s_own" } }
                    secrets { secret_name: "ext" file { name: "t" uid: "3" gid: "4" mode: 288 } }
                    secrets { secret_name: "s_own" file { name: "own" uid: "0" gid: "0" mode: 292 } }
                    configs { config_name: "other" file { name: "named" uid: "0" gid: "0" mode: 292 } }
                    configs { config_name: "s_own" file { name: "/etc/x" uid: "0" gid: "0" mode: 292 } }
                    configs { config_name: "s_own" }
                    """, dev.muster.api.ContainerSpec.class));
    }

    @Test
    void labelsNamedVolumesAndLeavesExternalOnesAlone() throws Exception {
        String file = """
            services:
              web: {image: nginx, volumes: ["v:/a:ro,nocopy", "w:/b", "x:/c", {type: volume, source: v, target: /d, volume: {subpath: sub}}]}
            volumes:
              v:
              w: {name: exact, driver: d, driver_opts: {o: 3}, labels: {a: b}}
              x: {external: true}
            """;
        var mounts =
                Stacks.of(file).specs().getServices(0).getTask().getContainer().getMountsList();
        assertThat(mounts)
                .isEqualTo(TextFormat.parse("""
                    mounts {
                      type: VOLUME source: "s_v" target: "/a" read_only: true
                      volume { no_copy: true labels { key: "com.docker.stack.namespace" value: "s" } }
                    }
                    mounts {
                      type: VOLUME source: "exact" target: "/b"
                      volume {
                        labels { key: "a" value: "b" }
                        labels { key: "com.docker.stack.namespace" value: "s" }
                        driver { name: "d" options { key: "o" value: "3" } }
                      }
                    }
                    mounts { type: VOLUME source: "x" target: "/c" volume {} }
                    mounts {
                      type: VOLUME source: "s_v" target: "/d"
                      volume { subpath: "sub" labels { key: "com.docker.stack.namespace" value: "s" } }
                    }
                    """, dev.muster.api.ContainerSpec.class)
                        .getMountsList());
    }

    @Test
    void warnsOnceOfWhatHasNoEffect() {
        String file = """
            services:
              a: {image: x, restart: always, build: ., privileged: false, expose: [80], ports: ["1.2.3.4:80:80"]}
              b: {image: x, build: ., container_name: b, depends_on: [a], networks: {default: {ipv4_address: 10.0.0.1}}}
            configs:
              c: {external: {name: d}}
            """;
        assertThat(Stacks.of(file).parsed().warnings())
                .containsExactly(
                        "ignoring IP-address (1.2.3.4:80:80) service will listen on '0.0.0.0'",
                        "config c: config.external.name is deprecated in favor of config.name",
                        "Ignoring unsupported options: build, depends_on, ipv4_address, privileged, restart\n",
                        """
                        Ignoring deprecated options:

                        container_name: a service's containers are named after its tasks

                        expose: services on the same network reach each other on any port

                        """);
    }

    @Test
    void equalFilesInAnotherOrderGiveEqualSpecs() {
        String one = """
            services:
              b: {image: x, environment: {B: 1, A: 2}, networks: [n, m], secrets: [t, s], ports: ["81:81", "80:80"], cap_add: [B, A]}
              a: {image: x}
            networks: {n: , m: }
            secrets: {s: {external: true}, t: {external: true}}
            """;
        String other = """
            secrets: {t: {external: true}, s: {external: true}}
            networks: {m: , n: }
            services:
              a: {image: x}
              b: {cap_add: [A, B], secrets: [s, t], ports: ["80:80", "81:81"], networks: [m, n], environment: [A=2, B=1], image: x}
            """;
        assertThat(Stacks.of(one).specs()).isEqualTo(Stacks.of(other).specs());
    }
}
