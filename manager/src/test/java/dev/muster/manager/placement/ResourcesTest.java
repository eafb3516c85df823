package dev.muster.manager.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.GenericResource;
import dev.muster.api.Node;
import dev.muster.api.NodeDescription;
import dev.muster.api.Platform;
import dev.muster.api.Resources;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResourcesTest {
    @Test
    void namedResourcesAreGivenByNameAndDiscreteOnesByNumber() {
        var pool = new GenericPool(List.of(named("gpu", "b"), named("gpu", "a"), named("gpu", "c"), number("ssd", 3)));
        assertThat(pool.claim(List.of(number("gpu", 2), number("ssd", 1))))
                .contains(List.of(named("gpu", "a"), named("gpu", "b"), number("ssd", 1)));
        assertThat(pool.claim(List.of(number("gpu", 1), number("ssd", 3))))
                .as("two ssd are left")
                .isEmpty();
        assertThat(pool.claim(List.of(number("gpu", 1)))).contains(List.of(named("gpu", "c")));
        assertThat(pool.covers(List.of(number("gpu", 1)))).isFalse();
        pool.add(List.of(named("gpu", "a")));
        assertThat(pool.claim(List.of(number("gpu", 1)))).contains(List.of(named("gpu", "a")));
    }

    @Test
    void whatIsAskedForTwiceIsCountedTogether() {
        var pool = new GenericPool(List.of(number("gpu", 3)));
        assertThat(pool.covers(List.of(number("gpu", 2), number("gpu", 2)))).isFalse();
        assertThat(pool.covers(List.of(number("none", 1)))).isFalse();
    }

    @Test
    void whatIsNotReservedNeverCounts() {
        var node = Node.newBuilder()
                .setDescription(NodeDescription.newBuilder()
                        .setResources(Resources.newBuilder().setNanoCpus(2).setMemoryBytes(10)))
                .build();
        var free = FreeResources.of(node);
        free.take(3, 4);
        assertThat(free.covers(Resources.newBuilder().setMemoryBytes(6).build()))
                .isTrue();
        assertThat(free.covers(Resources.newBuilder().setMemoryBytes(7).build()))
                .isFalse();
        assertThat(free.covers(Resources.newBuilder().setNanoCpus(1).build())).isFalse();
        assertThat(free.claim(Resources.newBuilder().setMemoryBytes(6).build())).isPresent();
        assertThat(free.covers(Resources.newBuilder().setMemoryBytes(1).build()))
                .isFalse();
    }

    @Test
    void architecturesHaveSynonymsAndEmptyPartsFitAll() {
        var node = Node.newBuilder()
                .setDescription(NodeDescription.newBuilder().setPlatform(platform("linux", "x86_64")))
                .build();
        assertThat(Platforms.fits(List.of(), node)).isTrue();
        assertThat(Platforms.fits(List.of(platform("linux", "amd64")), node)).isTrue();
        assertThat(Platforms.fits(List.of(platform("", "amd64")), node)).isTrue();
        assertThat(Platforms.fits(List.of(platform("linux", "")), node)).isTrue();
        assertThat(Platforms.fits(List.of(platform("linux", "arm64"), platform("windows", "amd64")), node))
                .isFalse();
        assertThat(Platforms.fits(List.of(platform("", "")), Node.getDefaultInstance()))
                .isFalse();
    }

    private static Platform platform(String os, String architecture) {
        return Platform.newBuilder().setOs(os).setArchitecture(architecture).build();
    }

    private static GenericResource named(String kind, String name) {
        return GenericResource.newBuilder().setKind(kind).setNamed(name).build();
    }

    private static GenericResource number(String kind, long number) {
        return GenericResource.newBuilder().setKind(kind).setDiscrete(number).build();
    }
}
