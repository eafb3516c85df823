package dev.muster.guide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.cluster.Run;
import dev.muster.cluster.TaskView;
import dev.muster.cluster.TestCluster;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The guide's production stack, from the repository's own copy, under the name that the guide gives it. */
final class GuideStack {
    static final Path FOLDER = TestCluster.repository().resolve("deploy/examples/guide");

    private final Guide guide;

    GuideStack(Guide guide) {
        this.guide = guide;
    }

    /** Types the guide's line; what it needs must be there. */
    Run deploy() {
        return guide.type("cd " + FOLDER + " && muster stack deploy -c docker-stack.yml --with-registry-auth myapp");
    }

    /** What the stack file calls external. */
    void makeSecrets() {
        makeCertificate();
        guide.type("printf %s " + Guide.PASSWORD + " | muster secret create db_password -")
                .ok();
        guide.type("printf %s jwt-77b1 | muster secret create jwt_secret -").ok();
        guide.type("cd " + guide.cluster().dir()
                        + " && muster secret create ssl_cert cert.pem && muster secret create ssl_key key.pem")
                .ok();
    }

    private void makeCertificate() {
        String names =
                Guide.hosts().stream().map(host -> "IP:" + guide.address(host)).collect(Collectors.joining(","));
        guide.type("cd " + guide.cluster().dir() + " && openssl req -x509 -newkey ec -nodes -days 30 -subj /CN=myapp"
                        + " -pkeyopt ec_paramgen_curve:P-256 -addext subjectAltName=" + names
                        + " -keyout key.pem -out cert.pem")
                .ok();
    }

    void converged() {
        guide.converged("myapp_web", 3);
        guide.converged("myapp_database", 1);
        guide.converged("myapp_api", 5);
    }

    /** Deploys it unless it is there. */
    void ensure() {
        if (guide.type("muster stack ls --format '{{.Name}}'").lines().contains("myapp")) {
            return;
        }
        makeSecrets();
        assertThat(deploy().exit()).isZero();
        converged();
    }

    /** All its running tasks. */
    List<TaskView> tasks() {
        List<TaskView> all = new ArrayList<>();
        for (String service : List.of("myapp_web", "myapp_api", "myapp_database")) {
            all.addAll(guide.running(service));
        }
        return all;
    }

    /** The networks of the stack, by id. */
    String networks() {
        return guide.type("muster network ls --filter name=myapp -q").ok();
    }
}
