package dev.muster.worker.task;

import dev.muster.net.OverlayException;
import dev.muster.net.OverlayTables;
import dev.muster.net.Sandbox;
import dev.muster.net.SandboxSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Sandboxes in memory. Host port 0 becomes 32768. */
public final class FakeNetwork implements SandboxNetwork {
    private final Map<String, SandboxSpec> attached = new ConcurrentHashMap<>();
    private final List<OverlayTables> programmed = new CopyOnWriteArrayList<>();
    private volatile Optional<OverlayException> refusal = Optional.empty();

    public Map<String, SandboxSpec> attached() {
        return Map.copyOf(attached);
    }

    /** Every table that was programmed, in order. */
    public List<OverlayTables> programmed() {
        return List.copyOf(programmed);
    }

    /** Programming fails until told otherwise. */
    public void refuse(Optional<OverlayException> failure) {
        refusal = failure;
    }

    @Override
    public void program(OverlayTables tables) {
        refusal.ifPresent(failure -> {
            throw failure;
        });
        programmed.add(tables);
    }

    @Override
    public Sandbox attach(SandboxSpec spec) {
        attached.putIfAbsent(spec.id(), spec);
        var ports = spec.hostPorts().stream()
                .map(port -> port.getPublishedPort() == 0
                        ? port.toBuilder().setPublishedPort(32768).build()
                        : port)
                .toList();
        return new Sandbox(
                spec.id(),
                Path.of("/run/netns/" + spec.id()),
                List.of("nameserver 127.0.0.11"),
                List.of("127.0.0.1 localhost", "10.0.1.5 " + spec.hostname()),
                Optional.empty(),
                ports);
    }

    @Override
    public void detach(String id) {
        attached.remove(id);
    }

    @Override
    public Set<String> sandboxes() {
        return attached.keySet();
    }

    @Override
    public void close() {}
}
