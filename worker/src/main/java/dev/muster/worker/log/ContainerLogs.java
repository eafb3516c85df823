package dev.muster.worker.log;

import dev.muster.api.Driver;
import java.util.Optional;

/**
 * The logs of this node's containers. Boundary. All methods throw {@link LogFailure}.
 */
public interface ContainerLogs extends LogReader, AutoCloseable {

    /**
     * Makes ready to take the streams of a container that is about to be created, dropping what an earlier attempt with
     * that id left.
     *
     * @param driver json-file, or none; the default instance (no name) means json-file with its defaults. Others are
     *     refused
     * @return the URI for {@code ContainerPlan.logUri}; empty for the driver none
     */
    Optional<String> prepare(String containerId, Driver driver);

    /** Deletes the container's log. To be called once the container is deleted. */
    void remove(String containerId);

    @Override
    void close();
}
