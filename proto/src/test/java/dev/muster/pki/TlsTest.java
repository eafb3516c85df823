package dev.muster.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.muster.api.Availability;
import dev.muster.api.IssueCertificateRequest;
import dev.muster.api.IssueCertificateResponse;
import dev.muster.api.NodeCaGrpc;
import dev.muster.api.NodeRole;
import dev.muster.api.RootCertificateRequest;
import dev.muster.api.RootCertificateResponse;
import dev.muster.pki.EnrollmentFailure.Reason;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real TLS on loopback: enrolment, what each side trusts, and replacing an identity while connections stand. */
class TlsTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final InstantSource CLOCK = InstantSource.fixed(NOW);
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Context.Key<Optional<PeerIdentity>> PEER = Context.key("peer");
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final CertificateAuthority authority = CertificateAuthority.create(RANDOM, NOW);
    private final String secret = JoinToken.newSecret(RANDOM);
    private final String token = new JoinToken(authority.roots().digest(), secret).text();
    private final List<Optional<PeerIdentity>> peers = new ArrayList<>();
    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private TlsContexts serverTls;
    private Server server;
    private String address;

    /** What a manager does, without a cluster behind it. */
    private final class Ca extends NodeCaGrpc.NodeCaImplBase {
        @Override
        public void rootCertificate(RootCertificateRequest request, StreamObserver<RootCertificateResponse> responses) {
            peers.add(PEER.get());
            responses.onNext(RootCertificateResponse.newBuilder()
                    .setCertificatePem(
                            ByteString.copyFrom(serverTls.identity().roots().pem()))
                    .build());
            responses.onCompleted();
        }

        @Override
        public void issueCertificate(
                IssueCertificateRequest request, StreamObserver<IssueCertificateResponse> responses) {
            var peer = PEER.get();
            peers.add(peer);
            var admitted = JoinToken.parse(request.getToken())
                    .map(given -> given.carries(secret))
                    .orElse(peer.isPresent());
            if (!admitted) {
                responses.onError(Status.PERMISSION_DENIED
                        .withDescription("A valid join token is necessary to join this cluster")
                        .asRuntimeException());
                return;
            }
            var key = CertificateRequests.read(request.getCsrPem().toByteArray());
            var subject = peer.orElse(new PeerIdentity("joiner", NodeRole.ROLE_WORKER, "c1"));
            responses.onNext(IssueCertificateResponse.newBuilder()
                    .setNodeId(subject.nodeId())
                    .setCertificateChainPem(ByteString.copyFrom(
                            Pem.certificates(authority.issue(key, subject, NOW, Duration.ofDays(90)))))
                    .setRootCaPem(ByteString.copyFrom(authority.certificatePem()))
                    .build());
            responses.onCompleted();
        }
    }

    @BeforeEach
    void startServer() throws IOException {
        serverTls = new TlsContexts(identity("m1", NodeRole.ROLE_MANAGER, authority), CLOCK);
        var peerInterceptor = new ServerInterceptor() {
            @Override
            public <Q, R> ServerCall.Listener<Q> interceptCall(
                    ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
                var session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
                var context = Context.current().withValue(PEER, PeerIdentity.of(session));
                return Contexts.interceptCall(context, call, headers, next);
            }
        };
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sslContext(serverTls.server())
                .addService(new Ca())
                .intercept(peerInterceptor)
                .build()
                .start();
        address = "127.0.0.1:" + server.getPort();
    }

    @AfterEach
    void stopServer() throws InterruptedException {
        server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).await(5, TimeUnit.SECONDS);
    }

    private static NodeIdentity identity(String node, NodeRole role, CertificateAuthority authority) {
        return authority.selfIssue(new PeerIdentity(node, role, "c1"), NOW, Duration.ofDays(90));
    }

    private Enrollment enrollment() {
        return new Enrollment(RANDOM, CLOCK, System::nanoTime);
    }

    private static void call(ManagedChannel channel) {
        var _ = NodeCaGrpc.newBlockingStub(channel)
                .withDeadlineAfter(5, TimeUnit.SECONDS)
                .rootCertificate(RootCertificateRequest.getDefaultInstance());
    }

    @Test
    void aNodeEnrolsWithATokenAndRenewsWithItsCertificate() {
        var joined = enrollment().enroll(List.of(address), token, Availability.AVAILABILITY_ACTIVE, TIMEOUT);

        assertThat(joined.subject()).isEqualTo(new PeerIdentity("joiner", NodeRole.ROLE_WORKER, "c1"));
        assertThat(joined.roots()).isEqualTo(authority.roots());

        var renewed = enrollment().renew(new TlsContexts(joined, CLOCK), List.of(address), TIMEOUT);

        assertThat(renewed.subject()).isEqualTo(joined.subject());
        assertThat(renewed.key()).isNotEqualTo(joined.key());
        assertThat(peers).containsExactly(Optional.empty(), Optional.empty(), Optional.of(joined.subject()));
    }

    @Test
    void aTokenOfAnotherClusterIsNoticedBeforeItsSecretIsSent() {
        var other = CertificateAuthority.create(RANDOM, NOW);
        var foreign = new JoinToken(other.roots().digest(), secret).text();

        assertThatThrownBy(
                        () -> enrollment().enroll(List.of(address), foreign, Availability.AVAILABILITY_ACTIVE, TIMEOUT))
                .isInstanceOfSatisfying(
                        EnrollmentFailure.class,
                        failure -> assertThat(failure.reason()).isEqualTo(Reason.WRONG_CLUSTER))
                .hasMessageContaining("remote CA does not match fingerprint");
        assertThat(peers).hasSize(1);
    }

    @Test
    void aWrongSecretIsRefusedInTheManagersWords() {
        var outdated = new JoinToken(authority.roots().digest(), JoinToken.newSecret(RANDOM)).text();

        assertThatThrownBy(() ->
                        enrollment().enroll(List.of(address), outdated, Availability.AVAILABILITY_ACTIVE, TIMEOUT))
                .isInstanceOfSatisfying(
                        EnrollmentFailure.class,
                        failure -> assertThat(failure.reason()).isEqualTo(Reason.REFUSED))
                .hasMessage("A valid join token is necessary to join this cluster");
    }

    @Test
    void anAddressWhereNothingListensIsNamed() throws IOException {
        int free;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        var nobody = "127.0.0.1:" + free;

        assertThatThrownBy(() -> enrollment()
                        .enroll(List.of(nobody), token, Availability.AVAILABILITY_ACTIVE, Duration.ofMillis(300)))
                .isInstanceOfSatisfying(
                        EnrollmentFailure.class,
                        failure -> assertThat(failure.reason()).isEqualTo(Reason.UNREACHABLE))
                .hasMessageContaining(nobody)
                .hasMessageContaining("Connection refused");
        assertThat(enrollment()
                        .enroll(List.of(nobody, address), token, Availability.AVAILABILITY_ACTIVE, TIMEOUT)
                        .nodeId())
                .isEqualTo("joiner");
    }

    @Test
    void replacingAnIdentityIsSeenByTheNextConnectionAndDropsNone() {
        var worker = new TlsContexts(identity("w1", NodeRole.ROLE_WORKER, authority), CLOCK);
        var standing = ManagerChannel.open(address, worker.client(), loops);
        call(standing);
        var next = identity("w1", NodeRole.ROLE_MANAGER, authority);
        worker.replace(next);
        serverTls.replace(identity("m1", NodeRole.ROLE_MANAGER, authority));
        call(standing);
        var fresh = ManagerChannel.open(address, worker.client(), loops);
        call(fresh);
        standing.shutdownNow();
        fresh.shutdownNow();

        var asWorker = Optional.of(new PeerIdentity("w1", NodeRole.ROLE_WORKER, "c1"));
        assertThat(peers).containsExactly(asWorker, asWorker, Optional.of(next.subject()));
    }

    @Test
    void nodesOfAnotherRootAndServersThatAreNoManagersAreNotTrusted() {
        var stranger =
                new TlsContexts(identity("w1", NodeRole.ROLE_WORKER, CertificateAuthority.create(RANDOM, NOW)), CLOCK);
        assertThatThrownBy(() -> call(ManagerChannel.open(address, stranger.client(), loops)))
                .isInstanceOf(StatusRuntimeException.class);

        var worker = new TlsContexts(identity("w1", NodeRole.ROLE_WORKER, authority), CLOCK);
        serverTls.replace(identity("m1", NodeRole.ROLE_WORKER, authority));
        assertThatThrownBy(() -> call(ManagerChannel.open(address, worker.client(), loops)))
                .isInstanceOf(StatusRuntimeException.class);
        assertThat(peers).isEmpty();
    }

    /** A session that was agreed on under the old root must not be taken up again: nobody looks at certificates then. */
    @Test
    void aSessionFromBeforeTheRootWasDroppedIsNotResumed() {
        var worker = new TlsContexts(identity("w1", NodeRole.ROLE_WORKER, authority), CLOCK);
        var context = worker.client();
        for (var i = 0; i < 3; i++) {
            var channel = ManagerChannel.open(address, context, loops);
            call(channel);
            channel.shutdownNow();
        }
        serverTls.replace(moved(serverTls.identity(), CertificateAuthority.create(RANDOM, NOW)));

        assertThatThrownBy(() -> call(ManagerChannel.open(address, context, loops)))
                .isInstanceOf(StatusRuntimeException.class);
        worker.replace(moved(worker.identity(), CertificateAuthority.create(RANDOM, NOW)));
        assertThatThrownBy(() -> call(ManagerChannel.open(address, context, loops)))
                .isInstanceOf(StatusRuntimeException.class);
    }

    /** The same node under another root, which the first one has vouched for. */
    private NodeIdentity moved(NodeIdentity identity, CertificateAuthority root) {
        var keys = NodeKeys.generate(RANDOM);
        var chain = new ArrayList<>(root.issue(keys.getPublic(), identity.subject(), NOW, Duration.ofDays(90)));
        chain.add(authority.crossSign(root.certificate(), NOW));
        return new NodeIdentity(keys.getPrivate(), chain, root.roots());
    }

    @Test
    void aSignerOrRootThatIsWantedComesAtOnce(@TempDir Path state) throws InterruptedException {
        var root = CertificateAuthority.create(RANDOM, NOW);
        var key = NodeKeys.text(root.certificate().getPublicKey());
        var tls = new TlsContexts(identity("w1", NodeRole.ROLE_WORKER, authority), CLOCK);
        var directory = new IdentityDirectory(state);
        BlockingQueue<NodeIdentity> renewed = new LinkedBlockingQueue<>();
        CertificateRenewer.Issuer issuer =
                current -> moved(current.identity(), root).under(authority.roots());

        try (var renewer = CertificateRenewer.start(tls, directory, issuer, CLOCK, RANDOM, renewed::add)) {
            renewer.wantSigner(key);
            var next = renewed.poll(10, TimeUnit.SECONDS);
            assertThat(next).isNotNull();
            assertThat(next.issuerKey()).contains(key);

            renewer.wantSigner(key);
            renewer.wantRoots(root.roots());
            var deadline = System.nanoTime() + TIMEOUT.toNanos();
            while (!tls.identity().roots().equals(root.roots()) && System.nanoTime() < deadline) {
                LockSupport.parkNanos(1_000_000);
            }
            assertThat(tls.identity().roots()).isEqualTo(root.roots());
            assertThat(tls.identity().certificate())
                    .as("it is valid under the new root too, so it stays")
                    .isEqualTo(next.certificate());
            assertThat(directory.load().orElseThrow().roots()).isEqualTo(root.roots());
            assertThat(renewed).isEmpty();
        }
    }

    @Test
    void theRenewerReplacesAnAgeingCertificate(@TempDir Path state) throws InterruptedException {
        var ageing = authority.selfIssue(
                new PeerIdentity("w1", NodeRole.ROLE_WORKER, "c1"), NOW.minusSeconds(90), Duration.ofSeconds(100));
        var tls = new TlsContexts(ageing, CLOCK);
        var directory = new IdentityDirectory(state);
        BlockingQueue<NodeIdentity> renewed = new LinkedBlockingQueue<>();
        var attempts = new ArrayList<Integer>();
        CertificateRenewer.Issuer failingOnce = current -> {
            attempts.add(attempts.size());
            if (attempts.size() == 1) {
                throw new EnrollmentFailure(Reason.UNREACHABLE, "no manager could be reached");
            }
            return enrollment().renew(current, List.of(address), TIMEOUT);
        };

        try (var renewer = CertificateRenewer.start(tls, directory, failingOnce, CLOCK, RANDOM, renewed::add)) {
            var next = renewed.poll(10, TimeUnit.SECONDS);

            assertThat(next).isNotNull().isSameAs(tls.identity());
            assertThat(directory.load().orElseThrow().key()).isEqualTo(next.key());
            assertThat(renewer.untilDue(next)).isBetween(Duration.ofDays(45), Duration.ofDays(72));
            assertThat(attempts).hasSize(2);
        }
    }
}
