package dev.muster.pki;

import com.google.protobuf.ByteString;
import dev.muster.api.Availability;
import dev.muster.api.IssueCertificateRequest;
import dev.muster.api.IssueCertificateResponse;
import dev.muster.api.NodeCaGrpc;
import dev.muster.api.RootCertificateRequest;
import dev.muster.pki.EnrollmentFailure.Reason;
import io.grpc.StatusRuntimeException;
import io.netty.handler.ssl.SslContext;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * How a node gets its certificate from a manager: with a join token the first time, with the certificate it has ever
 * after. Blocks; call it on a virtual thread. One key pair serves all attempts of a call, so that a manager which
 * already let the node in knows it again.
 */
public final class Enrollment {
    /** What one call to one manager may take. */
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(5);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    private final SecureRandom random;
    private final InstantSource clock;
    private final LongSupplier nanoTime;

    public Enrollment(SecureRandom random, InstantSource clock, LongSupplier nanoTime) {
        this.random = random;
        this.clock = clock;
        this.nanoTime = nanoTime;
    }

    /**
     * Joins a cluster: the root that a manager shows must have the token's digest. Managers are tried in turn until one
     * answers or the time is up.
     *
     * @throws EnrollmentFailure if the node got no certificate
     */
    public NodeIdentity enroll(List<String> managers, String token, Availability availability, Duration timeout) {
        var joinToken = JoinToken.parse(token)
                .orElseThrow(() -> new EnrollmentFailure(
                        Reason.INVALID,
                        "A valid join token is necessary to join this cluster: tokens look like"
                                + " SWMTKN-1-… and are shown by `muster swarm join-token`"));
        var keys = NodeKeys.generate(random);
        var request = IssueCertificateRequest.newBuilder()
                .setCsrPem(ByteString.copyFrom(CertificateRequests.create(keys, random)))
                .setToken(token)
                .setAvailability(availability)
                .build();
        return attempt(managers, timeout, address -> {
            var roots = fetchRoots(address, joinToken);
            var tls = TlsContexts.anonymous(new PinnedRoot(roots, clock));
            return identity(keys, issue(address, tls, request), roots);
        });
    }

    /** The next certificate of the same node, in the role that the cluster now wants it in. */
    public NodeIdentity renew(TlsContexts current, List<String> managers, Duration timeout) {
        var keys = NodeKeys.generate(random);
        var request = IssueCertificateRequest.newBuilder()
                .setCsrPem(ByteString.copyFrom(CertificateRequests.create(keys, random)))
                .build();
        var tls = current.client();
        return attempt(managers, timeout, address -> {
            var response = issue(address, tls, request);
            return identity(
                    keys, response, TrustRoots.read(response.getRootCaPem().toByteArray()));
        });
    }

    private TrustRoots fetchRoots(ManagerAddress address, JoinToken token) {
        var channel = ManagerChannel.brief(address, TlsContexts.anonymous(new AnyRoot()));
        try {
            var response = NodeCaGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(CALL_TIMEOUT)
                    .rootCertificate(RootCertificateRequest.getDefaultInstance());
            var roots = TrustRoots.read(response.getCertificatePem().toByteArray());
            if (!roots.digest().equals(token.rootDigest())) {
                throw new EnrollmentFailure(
                        Reason.WRONG_CLUSTER,
                        "remote CA does not match fingerprint. The manager at " + address.text()
                                + " shows another root certificate than the join token names: either the token is of"
                                + " another cluster, or something else answers at this address");
            }
            return roots;
        } finally {
            channel.shutdownNow();
        }
    }

    private static IssueCertificateResponse issue(
            ManagerAddress address, SslContext tls, IssueCertificateRequest request) {
        var channel = ManagerChannel.brief(address, tls);
        try {
            return NodeCaGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(CALL_TIMEOUT)
                    .issueCertificate(request);
        } finally {
            channel.shutdownNow();
        }
    }

    private NodeIdentity identity(KeyPair keys, IssueCertificateResponse response, TrustRoots roots) {
        var chain = Pem.readCertificates(response.getCertificateChainPem().toByteArray());
        try {
            roots.verify(chain, clock.instant());
        } catch (CertificateException e) {
            throw new EnrollmentFailure(
                    Reason.REFUSED,
                    "the manager issued a certificate that is not valid here (" + e.getMessage()
                            + "): compare the clocks of both hosts");
        }
        return new NodeIdentity(keys.getPrivate(), chain, roots);
    }

    private NodeIdentity attempt(
            List<String> managers, Duration timeout, Function<ManagerAddress, NodeIdentity> attempt) {
        var addresses = parse(managers);
        var deadline = nanoTime.getAsLong() + timeout.toNanos();
        var pause = FIRST_PAUSE;
        while (true) {
            var unreachable = new ArrayList<String>();
            for (var address : addresses) {
                try {
                    return attempt.apply(address);
                } catch (StatusRuntimeException e) {
                    unreachable.add(address.text() + " (" + temporary(e) + ")");
                }
            }
            var left = deadline - nanoTime.getAsLong();
            if (left <= 0 || Thread.currentThread().isInterrupted()) {
                throw new EnrollmentFailure(
                        Reason.UNREACHABLE,
                        "no manager could be reached: " + String.join(", ", unreachable)
                                + ". Check the address, and that port " + ManagerAddress.DEFAULT_PORT
                                + "/tcp is open between the hosts");
            }
            LockSupport.parkNanos(this, Math.min(left, pause.toNanos()));
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
        }
    }

    private static List<ManagerAddress> parse(List<String> managers) {
        if (managers.isEmpty()) {
            throw new EnrollmentFailure(Reason.INVALID, "no manager to ask: at least one HOST:PORT is needed");
        }
        try {
            return managers.stream().map(ManagerAddress::parse).toList();
        } catch (IllegalArgumentException e) {
            throw new EnrollmentFailure(Reason.INVALID, e.getMessage());
        }
    }

    /** What kept the manager from answering; a refusal ends the attempts. */
    private static String temporary(StatusRuntimeException e) {
        var status = e.getStatus();
        return switch (status.getCode()) {
            case UNAVAILABLE, DEADLINE_EXCEEDED, ABORTED, RESOURCE_EXHAUSTED, UNKNOWN, INTERNAL, CANCELLED ->
                rootCause(e);
            default ->
                throw new EnrollmentFailure(
                        Reason.REFUSED,
                        status.getDescription() == null ? status.getCode().name() : status.getDescription());
        };
    }

    private static String rootCause(Throwable failure) {
        var cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof StatusRuntimeException status) {
            var description = status.getStatus().getDescription();
            return description == null ? status.getStatus().getCode().name() : description;
        }
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }
}
