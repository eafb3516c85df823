package dev.muster.net.link;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A socket to the kernel's rtnetlink (or, for connections, its netfilter subsystem), in the network namespace of the
 * thread that opened it, for ever. One caller at a time (synchronized). The kernel answers within the call; that it
 * never waits longer than {@value #PATIENCE_SECONDS} seconds is a guard against our own mistakes.
 */
public final class NetlinkSocket implements AutoCloseable {
    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
    private static final int NETLINK_ROUTE = 0;
    private static final int NETLINK_NETFILTER = 12;
    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVTIMEO = 20;
    private static final int SOL_NETLINK = 270;
    private static final int NETLINK_CAP_ACK = 10;
    private static final int NETLINK_EXT_ACK = 11;
    private static final int NETLINK_GET_STRICT_CHK = 12;

    private static final int NLMSG_ERROR = 2;
    private static final int NLMSG_DONE = 3;
    private static final int NLM_F_DUMP_INTR = 0x10;
    private static final int NLM_F_ACK_TLVS = 0x200;
    private static final int NLMSGERR_ATTR_MSG = 1;
    private static final int HEADER = 16;

    /** Acknowledgements wait in the socket's receive buffer (212992 bytes by default, below 1 KiB each). */
    private static final int MAX_BATCH = 100;

    /** The kernel's own largest dump message (NLMSG_GOODSIZE grows to 32 KiB). */
    private static final int BUFFER_BYTES = 32 * 1024;

    private static final int PATIENCE_SECONDS = 10;
    private static final int DUMP_ATTEMPTS = 5;

    private final int fd;
    private int sequence;
    private boolean closed;

    private NetlinkSocket(int fd) {
        this.fd = fd;
    }

    /** Opens one in the namespace of the calling thread. */
    public static NetlinkSocket open() {
        return open(NETLINK_ROUTE);
    }

    static NetlinkSocket openNetfilter() {
        return open(NETLINK_NETFILTER);
    }

    private static NetlinkSocket open(int protocol) {
        int fd = Libc.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, protocol);
        try (var arena = Arena.ofConfined()) {
            var one = arena.allocateFrom(JAVA_INT, 1);
            Libc.setSocketOption(fd, SOL_NETLINK, NETLINK_CAP_ACK, one);
            Libc.setSocketOption(fd, SOL_NETLINK, NETLINK_EXT_ACK, one);
            Libc.setSocketOption(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, one);
            Libc.setSocketOption(fd, SOL_SOCKET, SO_RCVTIMEO, arena.allocateFrom(JAVA_LONG, PATIENCE_SECONDS, 0));
        } catch (KernelException e) {
            Libc.close(fd);
            throw e;
        }
        return new NetlinkSocket(fd);
    }

    synchronized void execute(NetlinkRequest request) {
        execute(List.of(request));
    }

    /**
     * Carries out all requests in order, going on after failures.
     *
     * @throws KernelException of the first that failed
     */
    synchronized void execute(List<NetlinkRequest> requests) {
        @Nullable KernelException failure = null;
        for (int from = 0; from < requests.size(); ) {
            int to = from;
            int length = 0;
            while (to < requests.size() && to - from < MAX_BATCH && length < BUFFER_BYTES / 2) {
                length += requests.get(to++).length();
            }
            var failed = batch(requests.subList(from, to), length);
            failure = failure == null ? failed : failure;
            from = to;
        }
        if (failure != null) {
            throw failure;
        }
    }

    private @Nullable KernelException batch(List<NetlinkRequest> requests, int length) {
        try (var arena = Arena.ofConfined()) {
            var message = arena.allocate(length, 8);
            int first = sequence + 1;
            int at = 0;
            for (var request : requests) {
                var bytes = request.encode(++sequence, NetlinkRequest.NLM_F_ACK);
                MemorySegment.copy(bytes, 0, message, JAVA_BYTE, at, bytes.length);
                at += bytes.length;
            }
            send(message);
            var buffer = arena.allocate(BUFFER_BYTES, 8);
            @Nullable KernelException failure = null;
            int open = requests.size();
            while (open > 0) {
                for (var answer : receive(buffer)) {
                    int index = answer.sequence - first;
                    if (answer.type != NLMSG_ERROR || index < 0 || index >= requests.size()) {
                        continue;
                    }
                    open--;
                    var request = requests.get(index);
                    if (answer.errno() != 0 && !request.tolerates(answer.errno()) && failure == null) {
                        failure = answer.failure(request.what());
                    }
                }
            }
            return failure;
        }
    }

    /** All answers to a dump; asked again when the kernel says that something changed meanwhile. */
    synchronized List<NetlinkReply> dump(NetlinkRequest request, int fixedLength) {
        for (int attempt = 1; ; attempt++) {
            var replies = new ArrayList<NetlinkReply>();
            if (dumped(request, payload -> replies.add(NetlinkReply.parse(payload, fixedLength)))) {
                return replies;
            }
            if (attempt == DUMP_ATTEMPTS) {
                throw new KernelException(request.what(), Errno.EAGAIN, "the table kept changing while it was read");
            }
        }
    }

    private boolean dumped(NetlinkRequest request, Consumer<byte[]> sink) {
        try (var arena = Arena.ofConfined()) {
            int mine = ++sequence;
            var bytes = request.encode(mine, NetlinkRequest.NLM_F_DUMP);
            var message = arena.allocate(bytes.length, 8);
            MemorySegment.copy(bytes, 0, message, JAVA_BYTE, 0, bytes.length);
            send(message);
            var buffer = arena.allocate(BUFFER_BYTES, 8);
            boolean whole = true;
            while (true) {
                for (var answer : receive(buffer)) {
                    if (answer.sequence != mine) {
                        continue;
                    }
                    whole &= (answer.flags & NLM_F_DUMP_INTR) == 0;
                    if (answer.type == NLMSG_DONE) {
                        return whole;
                    }
                    if (answer.type == NLMSG_ERROR) {
                        throw answer.failure(request.what());
                    }
                    sink.accept(answer.payload);
                }
            }
        }
    }

    private void send(MemorySegment message) {
        if (closed) {
            throw new IllegalStateException("netlink socket is closed");
        }
        Libc.send(fd, message);
    }

    private List<Answer> receive(MemorySegment buffer) {
        int length = Libc.receive(fd, buffer);
        var bytes = buffer.asSlice(0, length).asByteBuffer().order(ByteOrder.nativeOrder());
        var answers = new ArrayList<Answer>();
        int at = 0;
        while (at + HEADER <= length) {
            int size = bytes.getInt(at);
            if (size < HEADER || at + size > length) {
                throw new IllegalStateException("netlink message of " + size + " bytes at " + at + " of " + length);
            }
            var payload = new byte[size - HEADER];
            bytes.get(at + HEADER, payload);
            answers.add(new Answer(
                    bytes.getShort(at + 4) & 0xffff, bytes.getShort(at + 6) & 0xffff, bytes.getInt(at + 8), payload));
            at += size + 3 & ~3;
        }
        return answers;
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            Libc.close(fd);
        }
    }

    private static final class Answer {
        private final int type;
        private final int flags;
        private final int sequence;
        private final byte[] payload;

        Answer(int type, int flags, int sequence, byte[] payload) {
            this.type = type;
            this.flags = flags;
            this.sequence = sequence;
            this.payload = payload;
        }

        int errno() {
            return -ByteBuffer.wrap(payload).order(ByteOrder.nativeOrder()).getInt();
        }

        KernelException failure(String what) {
            var why = Libc.describe(errno());
            // With NETLINK_CAP_ACK the error is followed by the request's header, then by the kernel's own words.
            if ((flags & NLM_F_ACK_TLVS) != 0) {
                var words = NetlinkReply.attributes(payload, 4 + HEADER).get(NLMSGERR_ATTR_MSG);
                why = words == null ? why : why + ", " + NetlinkReply.text(words);
            }
            return new KernelException(what, errno(), why);
        }
    }
}
