package dev.muster.net.dns;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Set;

/** One sandbox's resolver: its sockets, and what of it is going on. On the loop's thread. */
final class Listener {
    private static final System.Logger LOG = System.getLogger(Listener.class.getName());

    /** Datagrams read before others get their turn. */
    private static final int MAX_DATAGRAMS = 32;

    private static final int MAX_QUERY = 4096;
    private static final int MAX_CONVERSATIONS = 32;

    private final DnsServer server;
    private final Loop loop;
    private final ResolverSockets sockets;
    private final SandboxView view;
    private final Set<Conversation> conversations = new HashSet<>();
    private final Set<Forward> forwards = new HashSet<>();

    Listener(DnsServer server, Loop loop, ResolverSockets sockets, SandboxView view) {
        this.server = server;
        this.loop = loop;
        this.sockets = sockets;
        this.view = view;
    }

    SandboxView view() {
        return view;
    }

    Set<Forward> forwards() {
        return forwards;
    }

    void start() {
        try {
            loop.register(sockets.udp(), SelectionKey.OP_READ, new Datagrams());
            loop.register(sockets.tcp(), SelectionKey.OP_ACCEPT, new Connections());
        } catch (IOException e) {
            LOG.log(System.Logger.Level.ERROR, "a sandbox's resolver does not work: " + view.netns(), e);
        }
    }

    void close() {
        new ArrayList<>(conversations).forEach(Conversation::failed);
        server.abandoned(forwards.size());
        forwards.forEach(Forward::abandon);
        forwards.clear();
        sockets.close();
    }

    private final class Datagrams implements Loop.Ready {
        @Override
        public void ready(SelectionKey key) throws IOException {
            var channel = (DatagramChannel) key.channel();
            for (int i = 0; i < MAX_DATAGRAMS; i++) {
                var message = ByteBuffer.allocate(MAX_QUERY);
                var client = channel.receive(message);
                if (client == null) {
                    return;
                }
                server.resolve(Listener.this, message.flip(), false, answer -> {
                    try {
                        channel.send(answer, client);
                    } catch (IOException e) {
                        // The client, or its sandbox, has gone.
                    }
                });
            }
        }

        @Override
        public void failed() {
            // A datagram that fails says nothing about the socket: an earlier answer found no receiver.
        }
    }

    private final class Connections implements Loop.Ready {
        @Override
        public void ready(SelectionKey key) throws IOException {
            var client = sockets.tcp().accept();
            if (client == null) {
                return;
            }
            if (conversations.size() >= MAX_CONVERSATIONS) {
                client.close();
                return;
            }
            converse(client);
        }

        @Override
        public void failed() {
            // One connection fewer.
        }
    }

    private void converse(SocketChannel client) throws IOException {
        var self = new Conversation[1];
        self[0] = new Conversation(
                loop,
                client,
                (query, answer) -> server.resolve(this, query, true, answer),
                () -> conversations.remove(self[0]));
        conversations.add(self[0]);
        self[0].start();
    }
}
