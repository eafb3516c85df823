package dev.muster.stack;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StackProblemsTest {

    /** A file on one line, and what is said of it. */
    @ParameterizedTest
    @CsvSource(delimiterString = "=>", quoteCharacter = '\0', textBlock = """
        servces: {}                     => f1.yml:1:1: (root) Additional property servces is not allowed (did you mean "services"?)
        name: x                         => f1.yml:1:1: (root) Additional property name is not allowed (the stack's name is the argument of stack deploy)
        - a                             => f1.yml:1:1: top-level object must be a mapping (expected sections such as services: and networks:)
        services: [a]                   => f1.yml:1:11: services must be a mapping (found a list)
        services: {a b: {image: x}}     => f1.yml:1:12: services Additional property a b is not allowed (a name has letters, digits, '.', '_' and '-')
        services: {a: null}             => f1.yml:1:15: services.a must be a mapping (found nothing)
        services: {a: {}}               => f1.yml:1:15: invalid image reference for service a: no image specified (a stack runs images: build them first, and name one with image:)
        3: x                            => f1.yml:1:1: Non-string key at top level: 3 (write "3")
        services: {a: {4: x}}           => f1.yml:1:16: Non-string key in services.a: 4 (write "4")
        version: 3.8                    => f1.yml:1:10: version must be a string (put it in quotes: version: "3.8")
        version: "2"                    => f1.yml:1:10: unsupported Compose file version: 2 (versions 3.0 to 3.13 are, or leave the line out)
        version: "3.14"                 => f1.yml:1:10: unsupported Compose file version: 3.14 (versions 3.0 to 3.13 are, or leave the line out)
        volumes: {x: {external: 3}}     => f1.yml:1:25: volumes.x.external must be a boolean or mapping (found an integer)
        volumes: {x: {external: true, driver: y}} => f1.yml:1:31: conflicting parameters "external" and "driver" specified for volume "x"
        volumes: {x: {external: {name: y}, name: z}} => f1.yml:1:15: volume x: volume.external.name and volume.name conflict; only use volume.name
        secrets: {x: {file: y, driver: z}} => f1.yml:1:24: secret x: secret.driver and secret.file conflict; only use secret.driver
        secrets: {x: {}}                => f1.yml:1:14: secret x: nothing says where its content comes from (expected file, driver or external)
        configs: {x: {file: ./gone}}    => f1.yml:1:21: config x: open /stack/gone: no such file or directory (paths start at the first stack file's directory)
        networks: {x: {drivr: overlay}} => f1.yml:1:16: networks.x Additional property drivr is not allowed (did you mean "driver"?)
        """)
    void namesTheProblemOfAFile(String file, String expected) {
        assertThat(Stacks.of(file).problems()).isEqualTo(expected);
    }

    /** Lines of the service {@code web}, which begin at column 32, and what is said of them. */
    @ParameterizedTest
    @CsvSource(delimiterString = "=>", quoteCharacter = '\0', textBlock = """
        imag: x             => f1.yml:1:32: services.web Additional property imag is not allowed (did you mean "image"?)
        cpus: 3             => f1.yml:1:32: services.web Additional property cpus is not allowed (a stack file says this in deploy.resources.limits.cpus)
        mem_limit: 3m       => f1.yml:1:32: compose file contains unsupported options: services.web.mem_limit (use deploy.resources for limits and reservations)
        environment: 3      => f1.yml:1:45: services.web.environment must be a mapping (expected mapping or list, found an integer)
        environment: {A: [1]} => f1.yml:1:49: services.web.environment.A must be a string, number or null (found a list)
        environment: {A: true} => f1.yml:1:49: services.web.environment.A must be a string, number or null (found a boolean: put quotes around true)
        command: {a: b}     => f1.yml:1:41: services.web.command must be a string (expected string or list, found a mapping)
        command: 'a "b'     => f1.yml:1:41: services.web.command: invalid command line string: a " is not closed
        init: yes           => f1.yml:1:38: services.web.init must be a boolean (found a string)
        ports: 80           => f1.yml:1:39: services.web.ports must be a list (found an integer)
        ports: [a]          => f1.yml:1:40: services.web.ports.0 Does not match format 'ports' (invalid containerPort: a (a port is a number from 1 to 65535); expected [PUBLISHED:]TARGET[/PROTOCOL] such as "8080:80/tcp")
        ports: ["80", "80"] => f1.yml:1:46: services.web.ports array items[0,1] must be unique
        ports: [{target: x}] => f1.yml:1:49: services.web.ports.0.target must be a integer (found a string)
        ports: [{published: 80}] => f1.yml:1:40: service web: a port needs a target
        ports: [{target: 80, mode: x}] => f1.yml:1:59: service web: unknown port mode: x (expected ingress or host)
        ports: [{target: 80, protocol: x}] => f1.yml:1:63: service web: invalid proto: x (tcp, udp or sctp)
        ports: [{target: 70000}] => f1.yml:1:49: service web: target: invalid value 70000 (expected a number from 0 to 65535)
        stop_grace_period: 10 => f1.yml:1:51: services.web.stop_grace_period must be a string (found an integer: put quotes around 10)
        healthcheck: {interval: 3x} => f1.yml:1:56: services.web.healthcheck.interval Does not match format 'duration' (time: unknown unit "x" in duration "3x"; expected a duration such as 1m30s)
        healthcheck: {test: x, disable: true} => f1.yml:1:55: service web: test and disable can't be set at the same time
        ulimits: {nofile: {soft: 3}} => f1.yml:1:50: services.web.ulimits.nofile hard is required
        depends_on: {a: {}} => f1.yml:1:44: services.web.depends_on must be a list (found a mapping)
        volumes: [{target: /x}] => f1.yml:1:42: services.web.volumes.0 type is required
        volumes: ["x:/x"]   => f1.yml:1:42: service web: undefined volume "x" (name it in the top-level volumes section, or begin a path with ./)
        volumes: ["a:b:c:d"] => f1.yml:1:42: invalid volume specification: "a:b:c:d" (expected [SOURCE:]TARGET[:OPTIONS])
        volumes: [{type: bind, target: /x}] => f1.yml:1:42: invalid mount config for type "bind": field Source must not be empty
        volumes: [{type: tmpfs, source: a, target: /x}] => f1.yml:1:42: service web: invalid tmpfs source, source must be empty
        volumes: [{type: tmpfs, target: /x, volume: {nocopy: true}}] => f1.yml:1:42: service web: volume options are incompatible with type tmpfs
        volumes: [{type: foo, target: /x}] => f1.yml:1:42: service web: volume type must be volume, bind, tmpfs, npipe, or cluster
        volumes: [{type: cluster, source: a, target: /x}] => f1.yml:1:42: service web: volumes of type cluster are not supported yet
        tmpfs: run          => f1.yml:1:39: service web: invalid tmpfs "run": the target must be an absolute path (expected /TARGET[:size=64m,mode=1777])
        networks: [x]       => f1.yml:1:43: service web: undefined network "x" (name it in the top-level networks section)
        secrets: [x]        => f1.yml:1:42: service web: undefined secret "x" (name it in the top-level secrets section)
        configs: [{source: x}] => f1.yml:1:42: service web: undefined config "x" (name it in the top-level configs section)
        env_file: gone.env  => f1.yml:1:42: open /stack/gone.env: no such file or directory
        restart: sometimes  => f1.yml:1:41: service web: invalid restart policy: unknown policy 'sometimes' (must be one of 'no', 'always', 'on-failure', or 'unless-stopped')
        restart: "always:3" => f1.yml:1:41: service web: invalid restart policy: maximum retry count can only be used with 'on-failure'
        credential_spec: {file: a, registry: b} => f1.yml:1:49: service web: invalid credential spec: cannot specify both file and registry
        user: "${"          => f1.yml:1:38: invalid interpolation format for services.web.user: "${"; you may need to escape any $ with another $
        user: "${X:?say it}" => f1.yml:1:38: invalid interpolation format for services.web.user: "required variable X is missing a value: say it"; you may need to escape any $ with another $
        tty: "${X}"         => f1.yml:1:37: error while interpolating services.web.tty: failed to cast to expected type: invalid boolean: \s
        command: ["${1}"]   => f1.yml:1:42: invalid interpolation format for services.web.command.[]: "${1}"; you may need to escape any $ with another $
        """)
    void namesTheProblemOfAService(String lines, String expected) {
        assertThat(Stacks.service(lines).problems().strip()).isEqualTo(expected.strip());
    }

    /** Lines of {@code deploy} of the service {@code web}, which begin at column 41, and what is said of them. */
    @ParameterizedTest
    @CsvSource(delimiterString = "=>", quoteCharacter = '\0', textBlock = """
        replica: 3           => f1.yml:1:41: services.web.deploy Additional property replica is not allowed (did you mean "replicas"?)
        replicas: x          => f1.yml:1:51: services.web.deploy.replicas must be a integer (found a string)
        replicas: -1         => f1.yml:1:51: service web: replicas: invalid value -1 (expected a whole number, not negative)
        mode: x              => f1.yml:1:47: service web: unknown mode: x (expected replicated, global, replicated-job or global-job)
        mode: global, replicas: 3 => f1.yml:1:55: service web: replicas can only be used with replicated or replicated-job mode
        endpoint_mode: x     => f1.yml:1:56: service web: unknown endpoint_mode: x (expected vip or dnsrr)
        update_config: {order: start-frist} => f1.yml:1:64: services.web.deploy.update_config.order must be one of the following: "start-first", "stop-first" (did you mean "start-first"?)
        update_config: {failure_action: x} => f1.yml:1:73: service web: unknown failure_action: x (expected pause, continue or rollback)
        restart_policy: {condition: x} => f1.yml:1:69: service web: unknown restart condition: x (expected none, on-failure or any)
        restart_policy: {max_attempt: 3} => f1.yml:1:58: services.web.deploy.restart_policy Additional property max_attempt is not allowed (did you mean "max_attempts"?)
        resources: {limits: {cpus: 0.5}} => f1.yml:1:68: services.web.deploy.resources.limits.cpus must be a string (found a number: put quotes around 0.5)
        resources: {limits: {cpus: abc}} => f1.yml:1:68: service web: cpus: failed to parse abc as a rational number (expected a decimal such as '0.5')
        resources: {limits: {cpus: '0.1234567891'}} => f1.yml:1:68: service web: cpus: value is too precise (expected a decimal such as '0.5')
        resources: {limits: {memory: 5x}} => f1.yml:1:70: services.web.deploy.resources.limits.memory: invalid suffix: 'x'
        resources: {limits: {cpu: '1'}} => f1.yml:1:62: services.web.deploy.resources.limits Additional property cpu is not allowed (did you mean "cpus"?)
        placement: {contraints: []} => f1.yml:1:53: services.web.deploy.placement Additional property contraints is not allowed (did you mean "constraints"?)
        """)
    void namesTheProblemOfDeploy(String lines, String expected) {
        assertThat(Stacks.service("deploy: {" + lines + "}").problems()).isEqualTo(expected);
    }

    /** Keys that are younger than the version that the file declares. */
    @ParameterizedTest
    @CsvSource(delimiterString = "=>", quoteCharacter = '\0', textBlock = """
        3.0 | secrets: [a]                      => services.web Additional property secrets is not allowed | 3.1
        3.1 | ports: [{target: 80}]             => services.web.ports.0 Additional property target is not allowed | 3.2
        3.2 | configs: [a]                      => services.web Additional property configs is not allowed | 3.3
        3.3 | healthcheck: {start_period: 1s}   => services.web.healthcheck Additional property start_period is not allowed | 3.4
        3.4 | isolation: x                      => services.web Additional property isolation is not allowed | 3.5
        3.6 | init: true                        => services.web Additional property init is not allowed | 3.7
        3.6 | x-mine: 1                         => services.web Additional property x-mine is not allowed | 3.7
        3.7 | deploy: {placement: {max_replicas_per_node: 1}} => services.web.deploy.placement Additional property max_replicas_per_node is not allowed | 3.8
        3.8 | deploy: {resources: {limits: {pids: 1}}} => services.web.deploy.resources.limits Additional property pids is not allowed | 3.9
        3.11 | healthcheck: {start_interval: 1s} => services.web.healthcheck Additional property start_interval is not allowed | 3.12
        3.12 | oom_score_adj: 1                 => services.web Additional property oom_score_adj is not allowed | 3.13
        """)
    void refusesKeysThatTheDeclaredVersionDoesNotHave(String file, String expected) {
        String version = file.substring(0, file.indexOf('|')).strip();
        String lines = file.substring(file.indexOf('|') + 1).strip();
        String message = expected.substring(0, expected.indexOf('|')).strip();
        String since = expected.substring(expected.indexOf('|') + 1).strip();
        String problems = Stacks.of("version: \"" + version + "\"\nservices: {web: {image: nginx, " + lines + "}}")
                .problems();
        assertThat(problems)
                .contains(message + " (needs version " + since + " or later, the file says " + version + ")");
        String younger = Stacks.of("version: \"" + since + "\"\nservices: {web: {image: nginx, " + lines + "}}")
                .problems();
        assertThat(younger).doesNotContain("not allowed");
    }

    @Test
    void reportsAllProblemsOfAStageWithTheirPlaces() {
        String file = """
            services:
              web:
                imag: nginx
                ports: 80
              api:
                image: [x]
            """;
        assertThat(Stacks.of(file).problems()).isEqualTo("""
            f1.yml:3:5: services.web Additional property imag is not allowed (did you mean "image"?)
            f1.yml:4:12: services.web.ports must be a list (found an integer)
            f1.yml:6:12: services.api.image must be a string (found a list)\
            """);
    }

    @Test
    void refusesFilesOfDifferentVersions() {
        assertThat(Stacks.of("version: \"3.7\"", "version: \"3.8\"").problems())
                .isEqualTo("f2.yml:1:1: version mismatched between two composefiles : 3.7 and 3.8");
    }

    @Test
    void namesTheSecondFileWhereTheProblemIsThere() {
        assertThat(Stacks.of("services: {a: {image: x}}", "services: {a: {networks: [gone]}}")
                        .problems())
                .isEqualTo("f2.yml:1:27: service a: undefined network \"gone\" (name it in the top-level networks"
                        + " section)");
    }
}
