package dev.muster.worker.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageRefTest {

    private static final String DIGEST = "sha256:" + "ab".repeat(32);

    @ParameterizedTest
    @CsvSource({
        "nginx, docker.io/library/nginx:latest",
        "nginx:alpine, docker.io/library/nginx:alpine",
        "team/api, docker.io/team/api:latest",
        "docker.io/nginx, docker.io/library/nginx:latest",
        "index.docker.io/library/nginx, docker.io/library/nginx:latest",
        "myregistry.com/api:v2.0, myregistry.com/api:v2.0",
        "localhost/api, localhost/api:latest",
        "localhost:5000/a/b/c:1, localhost:5000/a/b/c:1",
        "127.0.0.1:5000/x, 127.0.0.1:5000/x:latest",
        "Registry/x, Registry/x:latest",
        "a__b/c-d.e_f, docker.io/a__b/c-d.e_f:latest",
    })
    void normalisesAsDockerDoes(String written, String normal) {
        assertThat(ImageRef.parse(written).toString()).isEqualTo(normal);
        assertThat(ImageRef.parse(normal).toString())
                .as("normal form is stable")
                .isEqualTo(normal);
    }

    @Test
    void keepsTheTagBesideTheDigestAndAsksForTheDigest() {
        ImageRef ref = ImageRef.parse("nginx:alpine@" + DIGEST);
        assertThat(ref.toString()).isEqualTo("docker.io/library/nginx:alpine@" + DIGEST);
        assertThat(ref.reference()).isEqualTo(DIGEST);
        assertThat(ImageRef.parse("nginx@" + DIGEST).tag()).isEmpty();
        assertThat(ImageRef.parse("nginx").withDigest(DIGEST).familiar()).isEqualTo("nginx:latest@" + DIGEST);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Nginx",
                "nginx:",
                "nginx:a b",
                "nginx@sha256:12",
                "a//b",
                "-x",
                "x/",
                "/x",
                "a b",
                "nginx:latest:latest",
                "host:99999999/x/y",
                "eaa1b5d1b1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
            })
    void refusesWhatIsNoReference(String text) {
        assertThatThrownBy(() -> ImageRef.parse(text))
                .isInstanceOf(ImageFailure.class)
                .hasMessageContaining("is not a valid repository/tag");
    }
}
