package dev.muster.worker.runtime;

import java.nio.file.Path;

/** Which network namespace a container lives in. */
public sealed interface ContainerNetwork {

    /** One that exists already, pinned at a path. */
    record Namespace(Path path) implements ContainerNetwork {}

    /** A new one of its own, with nothing but an unconfigured loopback interface. */
    record Isolated() implements ContainerNetwork {}

    /** The host's. */
    record Host() implements ContainerNetwork {}
}
