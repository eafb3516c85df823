package dev.muster.worker.task;

import dev.muster.net.OverlayTables;
import dev.muster.net.Sandbox;
import dev.muster.net.SandboxSpec;
import java.util.Set;

/**
 * The networks of this node's containers. Boundary: the overlay is one implementation, the tests' fake the other. Any
 * thread. All methods throw {@link dev.muster.net.OverlayException}.
 */
public interface SandboxNetwork extends AutoCloseable {

    /** Makes the tables in force; returns when they are. */
    void program(OverlayTables tables);

    /** Gives a container its network; returns what is there for an id that has one. */
    Sandbox attach(SandboxSpec spec);

    /** Removes it; nothing happens if there is none. */
    void detach(String id);

    Set<String> sandboxes();

    /** Containers keep their networks. */
    @Override
    void close();
}
