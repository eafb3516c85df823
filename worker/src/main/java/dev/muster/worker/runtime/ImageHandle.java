package dev.muster.worker.runtime;

/**
 * An image that is present and unpacked on this node.
 *
 * @param name the normalised reference under which the runtime knows it, with digest
 * @param digest of its manifest, or of its index if it was named by one: "sha256:…"
 * @param chainId names the unpacked file system that containers are made from
 */
public record ImageHandle(String name, String digest, String chainId, ImageConfig config) {}
