package dev.muster.worker.task;

/**
 * What tasks may know of their node, by template.
 *
 * @param architecture as uname has it: x86_64
 */
public record NodeFacts(String hostname, String os, String architecture) {}
