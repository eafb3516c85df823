package dev.muster.worker.task;

import dev.muster.worker.health.HealthMonitor;
import dev.muster.worker.image.ImageService;
import dev.muster.worker.journal.Journal;
import dev.muster.worker.log.ContainerLogs;
import dev.muster.worker.runtime.ContainerRuntime;
import dev.muster.worker.secret.SecretMounts;
import dev.muster.worker.volume.LocalVolumes;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * What tasks are made with on this node. All parts are thread-safe; whoever made them closes them.
 *
 * @param resolvConf the host's, for tasks in the host's network
 * @param nanoClock monotonic
 */
public record NodeServices(
        NodeFacts facts,
        ContainerRuntime runtime,
        ImageService images,
        ContainerLogs logs,
        TaskNetworks networks,
        SecretMounts secrets,
        LocalVolumes volumes,
        HealthMonitor health,
        TaskDirectories directories,
        Journal journal,
        CpuGate gate,
        Path resolvConf,
        InstantSource clock,
        LongSupplier nanoClock) {}
