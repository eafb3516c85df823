package dev.muster.worker.runtime.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class UserDatabaseTest {

    private final UserDatabase users = UserDatabase.parse(
            "root:x:0:0:root:/root:/bin/sh\nbroken line\nwww:x:33:34::/var:/bin/sh\n",
            "root:x:0:\nweb:x:34:\nlogs:x:40:www,other\nbig:x:50:www\nbad:x:y:\n");

    @Test
    void resolvesNamesAndNumbersWithTheirGroups() {
        assertThat(users.resolve("", List.of())).isEqualTo(ContainerUser.root());
        assertThat(users.resolve("www", List.of())).isEqualTo(new ContainerUser(33, 34, List.of(34L, 40L, 50L)));
        assertThat(users.resolve("33", List.of())).isEqualTo(new ContainerUser(33, 34, List.of(34L, 40L, 50L)));
        assertThat(users.resolve("www:logs", List.of())).isEqualTo(new ContainerUser(33, 40, List.of(40L)));
        assertThat(users.resolve("www:7", List.of("web", "99")))
                .isEqualTo(new ContainerUser(33, 7, List.of(7L, 34L, 99L)));
        assertThat(users.resolve("1234", List.of())).isEqualTo(new ContainerUser(1234, 0, List.of(0L)));
        assertThat(users.resolve("1234:web", List.of())).isEqualTo(new ContainerUser(1234, 34, List.of(34L)));
        assertThat(users.resolve(":web", List.of())).isEqualTo(new ContainerUser(0, 34, List.of(34L)));
    }

    @Test
    void knowsRootWithoutAnyFile() {
        assertThat(UserDatabase.parse("", "").resolve("root", List.of("5")).uid())
                .isZero();
    }

    @Test
    void refusesNamesThatTheImageLacks() {
        assertThatThrownBy(() -> users.resolve("nobody", List.of()))
                .hasMessageContaining("unable to find user nobody: no matching entries");
        assertThatThrownBy(() -> users.resolve("www:none", List.of()))
                .hasMessageContaining("unable to find group none");
        assertThatThrownBy(() -> users.resolve("4294967296", List.of())).hasMessageContaining("unable to find user");
    }
}
