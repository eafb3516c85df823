package dev.muster.worker.agent;

import dev.muster.api.AssignmentsMessage;
import dev.muster.api.AssignmentsRequest;
import dev.muster.api.Durations;
import dev.muster.api.Generation;
import dev.muster.api.HeartbeatRequest;
import dev.muster.api.NodeDescription;
import dev.muster.api.SessionMessage;
import dev.muster.api.SessionRequest;
import dev.muster.api.SubscriptionsRequest;
import dev.muster.api.UpdateNodeDescriptionRequest;
import dev.muster.api.UpdateTaskStatusRequest;
import io.grpc.stub.StreamObserver;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * One session with one manager, from registration to the first failure: a thread each for the session's messages,
 * heartbeats, assignments, statuses and log subscriptions. The first that fails ends all. One use.
 */
final class AgentSession {
    private static final Logger LOG = System.getLogger(AgentSession.class.getName());

    /** Swarm's bound for registering. */
    private static final Duration REGISTRATION_TIMEOUT = Duration.ofSeconds(5);

    /** A manager commits before it answers. */
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);

    private static final Duration DEFAULT_PERIOD = Duration.ofSeconds(5);

    /** A heartbeat comes up to so much early, at random, that nodes spread. */
    private static final double JITTER = 0.2;

    /** What the session tells the agent. */
    interface Owner {
        void registered(String sessionId, SessionMessage message);

        void changed(SessionMessage message);

        /** A whole set of messages; false if it is of an older leadership than one seen before. */
        boolean assigned(List<AssignmentsMessage> messages, AssignmentApplier.Acknowledgement acknowledgement);
    }

    private final ManagerLink link;
    private final Owner owner;
    private final StatusOutbox outbox;
    private final LogShipper logs;
    private final Supplier<NodeDescription> description;
    private final RandomGenerator random;
    private final CountDownLatch over = new CountDownLatch(1);
    private final AtomicReference<RuntimeException> failure = new AtomicReference<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile Duration period = DEFAULT_PERIOD;

    AgentSession(
            ManagerLink link,
            Owner owner,
            StatusOutbox outbox,
            LogShipper logs,
            Supplier<NodeDescription> description,
            RandomGenerator random) {
        this.link = link;
        this.owner = owner;
        this.outbox = outbox;
        this.logs = logs;
        this.description = description;
        this.random = random;
    }

    /** Something that runs until it fails or is interrupted. */
    @FunctionalInterface
    private interface Duty {
        void run() throws InterruptedException;
    }

    /** Returns never normally: throws {@link LinkFailure} when the session is over. */
    void run(SessionRequest request) throws InterruptedException {
        try (var stream = link.session(request)) {
            var first = register(stream);
            var sessionId = first.getSessionId();
            setPeriod(first.getHeartbeatPeriod());
            owner.registered(sessionId, first);
            duty("session", () -> followSession(stream));
            duty("heartbeat", () -> beat(sessionId, request.getDescription()));
            duty("assignments", () -> followAssignments(sessionId));
            duty("statuses", () -> sendStatuses(sessionId));
            duty("subscriptions", () -> followSubscriptions(sessionId));
            over.await();
        } finally {
            link.close();
            for (var thread : threads) {
                thread.interrupt();
            }
            logs.sessionOver();
        }
        throw Objects.requireNonNull(failure.get());
    }

    private SessionMessage register(MessageStream<SessionRequest, SessionMessage> stream) throws InterruptedException {
        try {
            return stream.poll(REGISTRATION_TIMEOUT)
                    .orElseThrow(() -> new LinkFailure("manager " + link.address() + " does not answer within "
                            + REGISTRATION_TIMEOUT.toSeconds() + " s"));
        } catch (LinkFailure e) {
            throw e.whileRegistering();
        }
    }

    private void duty(String name, Duty duty) {
        threads.add(Thread.ofVirtual().name("agent-" + name).start(() -> {
            try {
                duty.run();
                end(new LinkFailure("manager " + link.address() + " ended the " + name));
            } catch (InterruptedException e) {
                end(new LinkFailure("the session was ended"));
            } catch (RuntimeException e) {
                end(e);
            }
        }));
    }

    private void end(RuntimeException reason) {
        failure.compareAndSet(null, reason);
        over.countDown();
    }

    private void setPeriod(com.google.protobuf.Duration given) {
        period = Durations.positive(given, DEFAULT_PERIOD);
    }

    private void followSession(MessageStream<SessionRequest, SessionMessage> stream) throws InterruptedException {
        try {
            while (true) {
                var message = stream.take();
                setPeriod(message.getHeartbeatPeriod());
                owner.changed(message);
            }
        } catch (LinkFailure e) {
            throw e.whileRegistering();
        }
    }

    private void beat(String sessionId, NodeDescription registered) throws InterruptedException {
        var sent = registered;
        while (true) {
            var current = period;
            long wait = (long) (current.toNanos() * (1 - JITTER * random.nextDouble()));
            if (over.await(wait, TimeUnit.NANOSECONDS)) {
                return;
            }
            var answer = link.heartbeat(
                    HeartbeatRequest.newBuilder().setSessionId(sessionId).build(), atLeastASecond(current));
            setPeriod(answer.getPeriod());
            var now = description.get();
            if (!now.equals(sent)) {
                link.updateNodeDescription(
                        UpdateNodeDescriptionRequest.newBuilder()
                                .setSessionId(sessionId)
                                .setDescription(now)
                                .build(),
                        CALL_TIMEOUT);
                sent = now;
            }
        }
    }

    private static Duration atLeastASecond(Duration duration) {
        return duration.toSeconds() < 1 ? Duration.ofSeconds(1) : duration;
    }

    private void followAssignments(String sessionId) throws InterruptedException {
        var assignments = link.assignments();
        try (var messages = assignments.messages()) {
            var acknowledgements = new Acknowledgements(assignments.requests(), sessionId);
            acknowledgements.hello();
            boolean first = true;
            long lastNumber = 0;
            while (true) {
                var set = new ArrayList<AssignmentsMessage>();
                AssignmentsMessage message;
                do {
                    message = messages.take();
                    set.add(message);
                } while (message.getMore());
                if (first && set.getFirst().getType() != AssignmentsMessage.Type.COMPLETE) {
                    throw new LinkFailure("manager " + link.address() + " began with changes instead of the whole");
                }
                long number = message.getGeneration().getNumber();
                if (!first && Long.compareUnsigned(number, lastNumber) <= 0) {
                    throw new LinkFailure("manager " + link.address() + " sent generation " + number + " after "
                            + lastNumber + ": asking for everything again");
                }
                first = false;
                lastNumber = number;
                if (!owner.assigned(set, acknowledgements)) {
                    throw new LinkFailure("manager " + link.address() + " speaks for a leadership that is over");
                }
            }
        }
    }

    /** Sends acknowledgements on the assignments' stream; late ones, after its end, are dropped. */
    private static final class Acknowledgements implements AssignmentApplier.Acknowledgement {
        private final StreamObserver<AssignmentsRequest> requests;
        private final String sessionId;

        Acknowledgements(StreamObserver<AssignmentsRequest> requests, String sessionId) {
            this.requests = requests;
            this.sessionId = sessionId;
        }

        void hello() {
            send(AssignmentsRequest.newBuilder());
        }

        @Override
        public void applied(Generation generation) {
            send(AssignmentsRequest.newBuilder().setApplied(generation));
        }

        private synchronized void send(AssignmentsRequest.Builder request) {
            try {
                requests.onNext(request.setSessionId(sessionId).build());
            } catch (IllegalStateException e) {
                LOG.log(Level.DEBUG, "the stream is over: {0}", e.getMessage());
            }
        }
    }

    private void sendStatuses(String sessionId) throws InterruptedException {
        while (true) {
            var batch = outbox.next();
            link.updateTaskStatus(
                    UpdateTaskStatusRequest.newBuilder()
                            .setSessionId(sessionId)
                            .addAllUpdates(batch)
                            .build(),
                    CALL_TIMEOUT);
            outbox.sent(batch);
        }
    }

    private void followSubscriptions(String sessionId) throws InterruptedException {
        try (var stream = link.subscriptions(
                SubscriptionsRequest.newBuilder().setSessionId(sessionId).build())) {
            while (true) {
                logs.handle(stream.take(), link);
            }
        }
    }
}
