package dev.muster.worker.image;

import com.google.protobuf.ByteString;
import dev.muster.containerd.content.AbortRequest;
import dev.muster.containerd.content.InfoRequest;
import dev.muster.containerd.content.ReadContentRequest;
import dev.muster.containerd.content.WriteAction;
import dev.muster.containerd.content.WriteContentRequest;
import dev.muster.containerd.content.WriteContentResponse;
import dev.muster.worker.runtime.RuntimeFailure;
import dev.muster.worker.runtime.containerd.ContainerdClient;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/** containerd's blobs. It checks every blob against its digest when it is complete. Thread safe. */
final class ContentStore {

    private static final String REF_PREFIX = "muster-";
    private static final int CHUNK_BYTES = 1 << 20;
    private static final int SMALL_LIMIT_BYTES = 8 << 20;

    /** For one blob as a whole, however large. */
    private static final Duration WRITE_LIMIT = Duration.ofHours(2);

    private static final Duration ANSWER_LIMIT = Duration.ofMinutes(2);

    private final ContainerdClient client;

    ContentStore(ContainerdClient client) {
        this.client = client;
    }

    boolean has(String digest) {
        try {
            client.content().info(InfoRequest.newBuilder().setDigest(digest).build());
            return true;
        } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
                return false;
            }
            throw client.failure("look for blob " + digest, e);
        }
    }

    /** A small blob as a whole; empty if it is not there. */
    Optional<byte[]> read(String digest) {
        ByteArrayOutputStream result = new ByteArrayOutputStream();
        try {
            client.content()
                    .read(ReadContentRequest.newBuilder().setDigest(digest).build())
                    .forEachRemaining(each -> {
                        if (result.size() + each.getData().size() > SMALL_LIMIT_BYTES) {
                            throw new RuntimeFailure(
                                    RuntimeFailure.Kind.INTERNAL,
                                    "blob " + digest + " is no document: it is too large");
                        }
                        result.writeBytes(each.getData().toByteArray());
                    });
            return Optional.of(result.toByteArray());
        } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
                return Optional.empty();
            }
            throw client.failure("read blob " + digest, e);
        }
    }

    void write(String digest, byte[] bytes, Map<String, String> labels, String lease)
            throws IOException, InterruptedException {
        try (Writer writer = open(digest, bytes.length, lease)) {
            if (writer.offset() < bytes.length) {
                writer.append(new java.io.ByteArrayInputStream(bytes, (int) writer.offset(), bytes.length), done -> {});
            }
            writer.commit(labels);
        }
    }

    /** Begins, or goes on with, a blob. Close it in any case; what is not committed can be gone on with later. */
    Writer open(String digest, long size, String lease) throws InterruptedException {
        Writer writer = new Writer(digest, size);
        writer.requests = ContainerdClient.leased(client.contentWriter(WRITE_LIMIT), lease)
                .write(writer);
        writer.begin();
        return writer;
    }

    /** Forgets what was written of a blob, so that the next attempt begins anew. */
    private void abort(String digest) {
        client.callUnlessGone(
                "drop blob " + digest,
                () -> client.content()
                        .abort(AbortRequest.newBuilder()
                                .setRef(REF_PREFIX + digest)
                                .build()));
    }

    /** One blob on its way in. Requests and answers take turns, so the stream needs no other flow control. */
    final class Writer implements StreamObserver<WriteContentResponse>, AutoCloseable {

        private final String digest;
        private final long size;
        private final BlockingQueue<Object> answers = new ArrayBlockingQueue<>(4);
        private @org.jspecify.annotations.Nullable StreamObserver<WriteContentRequest> requests;
        private long offset;
        private boolean complete;

        private Writer(String digest, long size) {
            this.digest = digest;
            this.size = size;
        }

        /** How much is there already. */
        long offset() {
            return offset;
        }

        private void begin() throws InterruptedException {
            send(request(WriteAction.STAT)).ifPresent(answer -> offset = answer.getOffset());
        }

        private WriteContentRequest.Builder request(WriteAction action) {
            return WriteContentRequest.newBuilder()
                    .setAction(action)
                    .setRef(REF_PREFIX + digest)
                    .setTotal(size)
                    .setExpected(digest);
        }

        /** Empty if the blob turns out to be there already, by somebody else. */
        private Optional<WriteContentResponse> send(WriteContentRequest.Builder request) throws InterruptedException {
            if (complete) {
                return Optional.empty();
            }
            java.util.Objects.requireNonNull(requests).onNext(request.build());
            Object answer = answers.poll(ANSWER_LIMIT.toSeconds(), TimeUnit.SECONDS);
            return switch (answer) {
                case null ->
                    throw new RuntimeFailure(RuntimeFailure.Kind.TIMEOUT, "containerd does not take blob " + digest);
                case WriteContentResponse response -> Optional.of(response);
                case StatusRuntimeException e
                when e.getStatus().getCode() == Status.Code.ALREADY_EXISTS -> {
                    complete = true;
                    yield Optional.empty();
                }
                case StatusRuntimeException e -> throw client.failure("store blob " + digest, e);
                default ->
                    throw new RuntimeFailure(
                            RuntimeFailure.Kind.INTERNAL, "cannot store blob " + digest + ": " + answer);
            };
        }

        /**
         * Appends all of the stream, which must begin at {@link #offset}; a longer one than announced is refused. When
         * the stream breaks, what came before is kept.
         */
        void append(InputStream in, LongConsumer progress) throws IOException, InterruptedException {
            byte[] chunk = new byte[CHUNK_BYTES];
            int filled = 0;
            while (!complete) {
                int count;
                try {
                    count = in.read(chunk, filled, CHUNK_BYTES - filled);
                } catch (IOException e) {
                    append(chunk, filled, progress);
                    throw e;
                }
                filled += Math.max(0, count);
                if (count < 0 || filled == CHUNK_BYTES) {
                    append(chunk, filled, progress);
                    filled = 0;
                }
                if (count < 0) {
                    return;
                }
            }
        }

        private void append(byte[] chunk, int length, LongConsumer progress) throws InterruptedException {
            if (length == 0) {
                return;
            }
            if (offset + length > size) {
                throw new ImageFailure(
                        ImageFailure.Kind.CORRUPT, "blob " + digest + " is longer than its manifest says");
            }
            WriteContentRequest.Builder request =
                    request(WriteAction.WRITE).setOffset(offset).setData(ByteString.copyFrom(chunk, 0, length));
            if (send(request).isPresent()) {
                offset += length;
                progress.accept(offset);
            }
        }

        /** Completes the blob, which containerd then checks. */
        void commit(Map<String, String> labels) throws InterruptedException {
            try {
                send(request(WriteAction.COMMIT).setOffset(offset).putAllLabels(labels));
                complete = true;
            } catch (RuntimeFailure e) {
                if (e.kind() == RuntimeFailure.Kind.INVALID) {
                    abort(digest);
                    throw new ImageFailure(
                            ImageFailure.Kind.CORRUPT, "blob " + digest + " is not what its digest says", e);
                }
                throw e;
            }
        }

        boolean complete() {
            return complete;
        }

        @Override
        public void onNext(WriteContentResponse response) {
            answers.add(response);
        }

        @Override
        public void onError(Throwable failure) {
            answers.offer(
                    failure instanceof StatusRuntimeException
                            ? failure
                            : Status.fromThrowable(failure).asRuntimeException());
        }

        @Override
        public void onCompleted() {
            answers.offer("the stream ended");
        }

        @Override
        public void close() {
            if (requests != null) {
                requests.onCompleted();
            }
        }
    }
}
