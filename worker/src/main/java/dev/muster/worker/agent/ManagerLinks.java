package dev.muster.worker.agent;

import dev.muster.pki.ManagerChannel;
import dev.muster.pki.TlsContexts;
import io.netty.channel.EventLoopGroup;

/**
 * Opens channels to managers, with the node's certificate of the moment.
 *
 * @param loops an epoll group; outlives the links
 */
public record ManagerLinks(TlsContexts tls, EventLoopGroup loops) {

    ManagerLink open(String address) {
        try {
            return new ManagerLink(address, ManagerChannel.open(address, tls.client(), loops));
        } catch (IllegalArgumentException e) {
            throw new LinkFailure(String.valueOf(e.getMessage()));
        }
    }
}
