package dev.muster.worker.runtime;

import java.time.Duration;

/**
 * What a container uses at one moment.
 *
 * @param cpuTime of all its processes since it began
 * @param memoryBytes in use, page cache that can be dropped not counted
 * @param memoryLimitBytes 0: none
 * @param pidsLimit 0: none
 */
public record ContainerStats(Duration cpuTime, long memoryBytes, long memoryLimitBytes, long pids, long pidsLimit) {}
