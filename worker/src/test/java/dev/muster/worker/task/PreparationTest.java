package dev.muster.worker.task;

import static dev.muster.api.TaskState.TASK_REJECTED;
import static dev.muster.api.TaskState.TASK_RUNNING;
import static dev.muster.api.TaskState.TASK_SHUTDOWN;
import static dev.muster.worker.task.TaskLab.await;
import static dev.muster.worker.task.TaskLab.config;
import static dev.muster.worker.task.TaskLab.configReference;
import static dev.muster.worker.task.TaskLab.container;
import static dev.muster.worker.task.TaskLab.desired;
import static dev.muster.worker.task.TaskLab.id;
import static dev.muster.worker.task.TaskLab.secret;
import static dev.muster.worker.task.TaskLab.secretReference;
import static dev.muster.worker.task.TaskLab.task;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.Config;
import dev.muster.api.ContainerSpec;
import dev.muster.api.DnsConfig;
import dev.muster.api.FileTarget;
import dev.muster.api.GenericResource;
import dev.muster.api.Mount;
import dev.muster.api.NetworkAttachment;
import dev.muster.api.PullOptions;
import dev.muster.api.Secret;
import dev.muster.api.VolumeOptions;
import dev.muster.worker.mount.Mounts;
import dev.muster.worker.runtime.ContainerMount;
import dev.muster.worker.runtime.ContainerNetwork;
import dev.muster.worker.runtime.ContainerPlan;
import dev.muster.worker.runtime.ImageConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a container is made with. */
class PreparationTest {
    private static final String SECRET_TEXT = "pa55-of-the-database";

    @TempDir
    Path directory;

    private TaskLab lab;
    private TaskLab.Reports reports;
    private TaskRoster roster;

    @BeforeEach
    void open() {
        lab = new TaskLab(directory).withNetworks();
        reports = new TaskLab.Reports();
        roster = new TaskRoster(lab.services, reports);
    }

    @AfterEach
    void close() {
        roster.close();
        lab.close();
    }

    private static AssignedTask with(AssignedTask task, List<Secret> secrets, List<Config> configs) {
        return new AssignedTask(
                task.task(),
                task.revision(),
                secrets.stream().collect(java.util.stream.Collectors.toMap(Secret::getId, each -> each)),
                configs.stream().collect(java.util.stream.Collectors.toMap(Config::getId, each -> each)),
                task.networks(),
                task.defaultLogDriver());
    }

    private ContainerPlan prepared(AssignedTask task) {
        roster.assign(task);
        await("running, not " + reports.all, () -> reports.last(id(1)).getState() == TASK_RUNNING);
        return lab.runtime.plan(TaskNames.containerId(id(1)));
    }

    private String rejected(AssignedTask task) {
        roster.assign(task);
        await("rejected, not " + reports.all, () -> reports.last(id(1)).getState() == TASK_REJECTED);
        return reports.last(id(1)).getErr();
    }

    private static ContainerMount.Bind bind(ContainerPlan plan, String target) {
        return plan.mounts().stream()
                .filter(mount -> mount.target().equals(target))
                .map(ContainerMount.Bind.class::cast)
                .findFirst()
                .orElseThrow(() -> new AssertionError(target + " is not in " + plan.mounts()));
    }

    @Test
    void secretsAreInMemoryAndGoWithTheTask() throws Exception {
        var spec = container()
                .addSecrets(secretReference("db_password"))
                .addSecrets(secretReference("key")
                        .setFile(FileTarget.newBuilder()
                                .setName("/etc/ssl/key.pem")
                                .setUid("999")
                                .setGid("998")
                                .setMode(0400)))
                .build();
        var task = with(
                task(1, TASK_RUNNING, spec),
                List.of(secret("db_password", SECRET_TEXT), secret("key", "k")),
                List.of());

        var plan = prepared(task);

        var password = bind(plan, "/run/secrets/db_password");
        assertThat(password.readOnly()).isTrue();
        assertThat(Mounts.onTmpfs(password.source())).isTrue();
        assertThat(password.source()).hasContent(SECRET_TEXT);
        assertThat(Files.readAttributes(bind(plan, "/etc/ssl/key.pem").source(), "unix:uid,gid,mode"))
                .isEqualTo(Map.of("uid", 999, "gid", 998, "mode", 0100400));
        for (var file : filesOnDisk()) {
            assertThat(Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1))
                    .as("%s", file)
                    .doesNotContain(SECRET_TEXT);
        }

        roster.assign(desired(task, TASK_SHUTDOWN));
        await("unmounted", () -> lab.secrets.tasks().isEmpty());
        assertThat(password.source()).doesNotExist();
    }

    private List<Path> filesOnDisk() throws Exception {
        try (var walk = Files.walk(directory)) {
            return walk.filter(Files::isRegularFile)
                    .filter(file -> !Mounts.onTmpfs(file))
                    .toList();
        }
    }

    @Test
    void configsAreFilesWithModeAndRelativeNamesAreBelowTheRoot() throws Exception {
        var spec = container()
                .addConfigs(configReference("conf", "app.conf"))
                .addConfigs(configReference("nginx", "/etc/nginx/nginx.conf"))
                .build();

        var plan = prepared(with(
                task(1, TASK_RUNNING, spec),
                List.of(),
                List.of(config("conf", "{{.Task.Slot}}", false), config("nginx", "worker", false))));

        assertThat(bind(plan, "/app.conf").source()).hasContent("{{.Task.Slot}}");
        assertThat(bind(plan, "/etc/nginx/nginx.conf").source()).hasContent("worker");
        assertThat(Files.getAttribute(bind(plan, "/app.conf").source(), "unix:mode"))
                .isEqualTo(0100444);
    }

    @Test
    void templatedConfigsAreExpandedAndThoseWithSecretsStayInMemory() {
        var spec = container()
                .addEnv("MODE=fast-{{.Task.Slot}}")
                .addSecrets(secretReference("db"))
                .addConfigs(configReference("plain", "/plain"))
                .addConfigs(configReference("url", "/url"))
                .build();

        var plan = prepared(with(
                task(1, TASK_RUNNING, spec),
                List.of(secret("db", SECRET_TEXT)),
                List.of(
                        config("plain", "{{.Service.Name}} on {{.Node.Hostname}}: {{env \"MODE\"}}", true),
                        config("url", "pg://:{{secret \"db\"}}@db", true))));

        assertThat(bind(plan, "/plain").source()).hasContent("web on host-1: fast-1");
        assertThat(Mounts.onTmpfs(bind(plan, "/plain").source())).isFalse();
        assertThat(bind(plan, "/url").source()).hasContent("pg://:" + SECRET_TEXT + "@db");
        assertThat(Mounts.onTmpfs(bind(plan, "/url").source())).isTrue();
    }

    @Test
    void expandsPlaceholdersOfTheSpec() {
        var plain = task(
                1,
                TASK_RUNNING,
                container()
                        .setHostname("{{.Service.Name}}-{{.Task.Slot}}")
                        .addEnv("A={{.Task.Name}} {{.Node.ID}} {{index .Service.Labels \"tier\"}}")
                        .addEnv("ARCH={{.Node.Platform.Architecture}}/{{.Node.Platform.OS}}")
                        .addMounts(Mount.newBuilder()
                                .setType(Mount.Type.VOLUME)
                                .setSource("data-{{.Task.Slot}}")
                                .setTarget("/data")
                                .setVolume(VolumeOptions.newBuilder().putLabels("slot", "{{.Task.Slot}}")))
                        .build());
        var resources = new AssignedTask(
                plain.task().toBuilder()
                        .addAssignedResources(
                                GenericResource.newBuilder().setKind("gpu").setNamed("GPU-1"))
                        .addAssignedResources(
                                GenericResource.newBuilder().setKind("gpu").setNamed("GPU-2"))
                        .build(),
                plain.revision(),
                plain.secrets(),
                plain.configs(),
                plain.networks(),
                plain.defaultLogDriver());

        var plan = prepared(resources);

        assertThat(plan.hostname()).isEqualTo("web-1");
        assertThat(plan.spec().getEnvList())
                .containsExactly(
                        "A=web.1." + id(1) + " node1 front", "ARCH=x86_64/linux", "DOCKER_RESOURCE_GPU=GPU-1,GPU-2");
        assertThat(lab.volumes.list()).singleElement().satisfies(volume -> {
            assertThat(volume.name()).isEqualTo("data-1");
            assertThat(volume.labels()).isEqualTo(Map.of("slot", "1"));
        });
    }

    @Test
    void givesTheContainerItsNetworkFiles() {
        var plain = task(
                1,
                TASK_RUNNING,
                container()
                        .addHosts("10.1.1.1 legacy old")
                        .setDns(DnsConfig.newBuilder().addNameservers("9.9.9.9").addSearch("example.com"))
                        .build());
        var task = new AssignedTask(
                plain.task().toBuilder()
                        .addNetworks(NetworkAttachment.newBuilder()
                                .setNetworkId("net1")
                                .setAddress("10.0.1.5/24"))
                        .build(),
                plain.revision(),
                plain.secrets(),
                plain.configs(),
                plain.networks(),
                plain.defaultLogDriver());
        roster.assign(task);
        await("attaching is not done before the network is in force", () -> lab.logs.has(TaskNames.containerId(id(1))));
        assertThat(lab.network.attached()).isEmpty();

        lab.networks.program(new dev.muster.net.OverlayTables(
                Map.of("net1", dev.muster.api.NetworkAssignment.getDefaultInstance()),
                List.of(),
                List.of(),
                List.of()));
        await("running", () -> reports.last(id(1)).getState() == TASK_RUNNING);

        var plan = lab.runtime.plan(TaskNames.containerId(id(1)));
        var hostname = plan.hostname();
        assertThat(plan.network()).isEqualTo(new ContainerNetwork.Namespace(Path.of("/run/netns/" + id(1))));
        assertThat(bind(plan, "/etc/hosts").source())
                .hasContent("127.0.0.1 localhost\n10.0.1.5 " + hostname + "\n10.1.1.1 legacy old\n");
        assertThat(bind(plan, "/etc/hostname").source()).hasContent(hostname + "\n");
        assertThat(bind(plan, "/etc/resolv.conf").source()).hasContent("nameserver 127.0.0.11\n");
        var spec = lab.network.attached().get(id(1));
        assertThat(spec.dnsServers()).containsExactly("9.9.9.9");
        assertThat(spec.dnsSearch()).containsExactly("example.com");
        assertThat(spec.egress()).isFalse();
    }

    @Test
    void aTaskOnNoNetworkReachesTheOutside() {
        prepared(task(1, TASK_RUNNING, container().build()));

        assertThat(lab.network.attached().get(id(1)).egress()).isTrue();
    }

    @Test
    void imagesSayWhichVolumesTheyWant() {
        var config = FakeImages.config();
        lab.images.add(
                "pg:1",
                new ImageConfig(
                        config.os(),
                        config.architecture(),
                        config.entrypoint(),
                        config.cmd(),
                        config.env(),
                        "",
                        "",
                        Set.of(),
                        Set.of("/var/lib/pg", "/given"),
                        "SIGQUIT",
                        Optional.empty(),
                        Map.of()));
        var spec = container()
                .setImage("pg:1")
                .addMounts(Mount.newBuilder()
                        .setType(Mount.Type.VOLUME)
                        .setSource("named")
                        .setTarget("/given/"))
                .build();
        var task = task(1, TASK_RUNNING, spec);

        var plan = prepared(task);

        assertThat(plan.mounts().stream().map(ContainerMount::target))
                .containsExactlyInAnyOrder("/given/", "/var/lib/pg", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf");
        assertThat(bind(plan, "/var/lib/pg").source().resolve("from-image")).hasContent("/var/lib/pg");
        assertThat(lab.volumes.list()).hasSize(2);
        roster.assign(desired(task, TASK_SHUTDOWN));
        await("stopped", () -> reports.last(id(1)).getState() == TASK_SHUTDOWN);
        assertThat(lab.runtime.calls()).contains("kill " + TaskNames.containerId(id(1)) + " 3");
        roster.withdraw(id(1));
        await("erased", () -> reports.erased.contains(id(1)));
        assertThat(lab.volumes.list())
                .singleElement()
                .satisfies(volume -> assertThat(volume.name()).isEqualTo("named"));
    }

    @Test
    void credentialsReachTheImageServiceAndNothingElse() throws Exception {
        var spec = container()
                .setPull(PullOptions.newBuilder().setRegistryAuth("czNjcjN0LWF1dGg="))
                .build();

        var plan = prepared(task(1, TASK_RUNNING, spec));

        assertThat(lab.images.auths).containsExactly("czNjcjN0LWF1dGg=");
        assertThat(plan.spec().hasPull()).isFalse();
        for (var file : filesOnDisk()) {
            assertThat(Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1))
                    .doesNotContain("czNjcjN0LWF1dGg=");
        }
    }

    @Test
    void waitsForASecretThatHasNotCome() {
        var spec = container().addSecrets(secretReference("db")).build();
        roster.assign(task(1, TASK_RUNNING, spec));
        await("preparing", () -> reports.last(id(1)).getMessage().equals("preparing"));
        assertThat(lab.runtime.calls()).isEmpty();

        roster.assign(with(task(1, TASK_RUNNING, spec), List.of(secret("db", "x")), List.of()));

        await("running", () -> reports.last(id(1)).getState() == TASK_RUNNING);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        env      | X={{.Service.Nmae}} | expanding env failed: template: in {{.Service.Nmae}}: unknown placeholder ".Service.Nmae": known here are .ID, .Labels, .Name
        hostname | {{oops}}            | expanding hostname failed: template: in {{oops}}: function "oops" not defined
        image    | a//b                | "a//b" is not a valid repository/tag: '' is no part of a repository's name: lower case, digits, . _ - between
        bind     | /no/such/path       | invalid bind mount source, source path not found: /no/such/path
        bind     | relative            | invalid bind mount source, must be an absolute path: relative
        volume   | a/b                 | create a/b: "a/b" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path
        signal   | SIGFOO              | invalid signal: SIGFOO
        health   | curl                | invalid health check: its test begins with "curl", it must be NONE, CMD or CMD-SHELL
        """)
    void saysWhyATaskIsRejected(String part, String value, String error) {
        var spec = container();
        ContainerSpec made = switch (part) {
            case "env" -> spec.addEnv(value).build();
            case "hostname" -> spec.setHostname(value).build();
            case "image" -> spec.setImage(value).build();
            case "bind" ->
                spec.addMounts(Mount.newBuilder()
                                .setType(Mount.Type.BIND)
                                .setSource(value)
                                .setTarget("/x"))
                        .build();
            case "volume" ->
                spec.addMounts(Mount.newBuilder()
                                .setType(Mount.Type.VOLUME)
                                .setSource(value)
                                .setTarget("/x"))
                        .build();
            case "signal" -> spec.setStopSignal(value).build();
            case "health" -> {
                spec.getHealthcheckBuilder().addTest(value);
                yield spec.build();
            }
            default -> throw new AssertionError(part);
        };

        assertThat(rejected(task(1, TASK_RUNNING, made))).isEqualTo(error);
        await("nothing left", () -> lab.network.attached().isEmpty());
    }
}
