package dev.muster.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may see whom, as the modules' package descriptions say. */
class ArchitectureTest {
    private static JavaClasses classes;

    @BeforeAll
    static void read() {
        classes = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("dev.muster");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dev.muster.api",
                "dev.muster.pki",
                "dev.muster.http",
                "dev.muster.stack",
                "dev.muster.net",
                "dev.muster.manager.state",
                "dev.muster.manager.raft",
                "dev.muster.manager.loop",
                "dev.muster.manager.orchestrator",
                "dev.muster.manager.allocator",
                "dev.muster.manager.scheduler",
                "dev.muster.manager.dispatcher",
                "dev.muster.manager.control",
                "dev.muster.manager.ca",
                "dev.muster.manager.logs",
                "dev.muster.manager.http",
                "dev.muster.worker.agent",
                "dev.muster.worker.runtime",
                "dev.muster.worker.image",
                "dev.muster.node",
                "dev.muster.cli"
            })
    void theRulesBelowSpeakOfPackagesThatExist(String name) {
        assertThat(classes.stream().anyMatch(c -> (c.getPackageName() + ".").startsWith(name + ".")))
                .as("classes below " + name)
                .isTrue();
    }

    private static void forbid(String from, String... to) {
        noClasses()
                .that()
                .resideInAPackage(from)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(to)
                .check(classes);
    }

    @Test
    void managerAndWorkerNeverSeeEachOther() {
        forbid(
                "dev.muster.manager..",
                "dev.muster.worker..",
                "dev.muster.net..",
                "dev.muster.node..",
                "dev.muster.cli..");
        forbid(
                "dev.muster.worker..",
                "dev.muster.manager..",
                "dev.muster.stack..",
                "dev.muster.node..",
                "dev.muster.cli..");
    }

    @Test
    void librariesSeeOnlyProto() {
        String[] outside = {"dev.muster.manager..", "dev.muster.worker..", "dev.muster.node..", "dev.muster.cli.."};
        forbid("dev.muster.net..", outside);
        forbid("dev.muster.net..", "dev.muster.stack..");
        forbid("dev.muster.stack..", outside);
        forbid("dev.muster.stack..", "dev.muster.net..");
        for (String proto :
                List.of("dev.muster.api..", "dev.muster.pki..", "dev.muster.http..", "dev.muster.containerd..")) {
            forbid(proto, outside);
            forbid(proto, "dev.muster.net..", "dev.muster.stack..");
        }
    }

    @Test
    void theCommandLineCarriesNeitherGrpcNorNetty() {
        forbid(
                "dev.muster.cli..",
                "io.grpc..",
                "io.netty..",
                "org.bouncycastle..",
                "dev.muster.pki..",
                "dev.muster.http..");
        forbid(
                "dev.muster.cli..",
                "dev.muster.manager..",
                "dev.muster.worker..",
                "dev.muster.net..",
                "dev.muster.node..");
    }

    @Test
    void theHttpServerKnowsNothingOfClusters() {
        forbid("dev.muster.http..", "dev.muster.api..", "dev.muster.pki..", "io.grpc..");
    }

    @Test
    void stateIsBelowEverythingInTheManager() {
        forbid(
                "dev.muster.manager.state..",
                "dev.muster.manager.loop..",
                "dev.muster.manager.raft..",
                "dev.muster.manager.orchestrator..",
                "dev.muster.manager.allocator..",
                "dev.muster.manager.scheduler..",
                "dev.muster.manager.dispatcher..",
                "dev.muster.manager.control..",
                "dev.muster.manager.ca..",
                "dev.muster.manager.logs..",
                "dev.muster.manager.http..");
    }

    @Test
    void theManagersSiblingsMeetOnlyInTheState() {
        List<String> siblings =
                List.of("orchestrator", "allocator", "scheduler", "dispatcher", "control", "ca", "membership", "peer");
        for (String one : siblings) {
            for (String other : siblings) {
                if (!one.equals(other)) {
                    forbid("dev.muster.manager." + one + "..", "dev.muster.manager." + other + "..");
                }
            }
            forbid("dev.muster.manager." + one + "..", "dev.muster.manager.raft..", "org.apache.ratis..");
        }
    }

    @Test
    void packagesHaveNoCycles() {
        for (String module : List.of("manager", "worker", "net", "stack", "cli", "node")) {
            slices().matching("dev.muster." + module + ".(*)..")
                    .should()
                    .beFreeOfCycles()
                    .allowEmptyShould(true)
                    .check(classes);
        }
    }

    @Test
    void nativeCodeStaysBehindItsBoundaries() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.muster.net.link..", "dev.muster.net.lb..", "dev.muster.worker.mount..")
                .and()
                .doNotHaveFullyQualifiedName("dev.muster.worker.runtime.containerd.NamedPipe")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.lang.foreign..")
                .check(classes);
    }
}
