/**
 * Images: from a reference to an unpacked file system that containers are made from. {@link
 * dev.muster.worker.image.ImageService} is the boundary that the rest of the worker uses; {@code ContainerdImages} is
 * the real one: it asks registries ({@code RegistryClient}, configured by {@code RegistryHosts}), streams blobs into
 * containerd's content store and has it unpack the layers. {@code DigestResolver} serves managers: which bytes a tag
 * means now.
 *
 * <p>Credentials reach only the image's own registry. May depend on {@code runtime} and {@code runtime.containerd}.
 * Start reading at {@code ImageService}, then {@code ImageRef}.
 */
@NullMarked
package dev.muster.worker.image;

import org.jspecify.annotations.NullMarked;
