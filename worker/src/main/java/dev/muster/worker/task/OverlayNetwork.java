package dev.muster.worker.task;

import dev.muster.net.Overlay;
import dev.muster.net.OverlayTables;
import dev.muster.net.Sandbox;
import dev.muster.net.SandboxSpec;
import java.util.Set;

/** The overlay as the network of containers. */
public record OverlayNetwork(Overlay overlay) implements SandboxNetwork {
    @Override
    public void program(OverlayTables tables) {
        overlay.program(tables);
    }

    @Override
    public Sandbox attach(SandboxSpec spec) {
        return overlay.attach(spec);
    }

    @Override
    public void detach(String id) {
        overlay.detach(id);
    }

    @Override
    public Set<String> sandboxes() {
        return overlay.sandboxes();
    }

    @Override
    public void close() {
        overlay.close();
    }
}
