package dev.muster.manager;

import dev.muster.manager.control.ImageResolver;
import io.netty.channel.EventLoopGroup;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What a manager shares with the rest of the daemon, and what it tells.
 *
 * @param loops of the daemon, epoll; they outlive managers
 * @param images how tags are resolved
 * @param failed told when this manager cannot go on: its log or state cannot be written or read
 * @param identitySeal told the key that the node's TLS key is to be sealed with on the disk, empty if it is not; often told
 *     the same, and again if it throws
 */
public record Surroundings(
        EventLoopGroup loops,
        ImageResolver images,
        Consumer<Throwable> failed,
        Consumer<Optional<byte[]>> identitySeal,
        Sources sources) {}
