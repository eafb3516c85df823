package dev.muster.manager.ca;

import com.google.protobuf.ByteString;
import dev.muster.api.IssueCertificateRequest;
import dev.muster.api.IssueCertificateResponse;
import dev.muster.api.NodeCaGrpc;
import dev.muster.api.RootCertificateRequest;
import dev.muster.api.RootCertificateResponse;
import dev.muster.manager.state.ReadFailedException;
import dev.muster.manager.write.WriteFailure;
import dev.muster.pki.Caller;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.function.Supplier;

/** {@link NodeAdmission} over gRPC: the only service that answers clients without a certificate. */
public final class NodeCaEndpoint extends NodeCaGrpc.NodeCaImplBase {
    private final NodeAdmission admission;

    public NodeCaEndpoint(NodeAdmission admission) {
        this.admission = admission;
    }

    @Override
    public void rootCertificate(RootCertificateRequest request, StreamObserver<RootCertificateResponse> responses) {
        answer(
                responses,
                () -> RootCertificateResponse.newBuilder()
                        .setCertificatePem(ByteString.copyFrom(admission.rootCertificate()))
                        .build());
    }

    @Override
    public void issueCertificate(IssueCertificateRequest request, StreamObserver<IssueCertificateResponse> responses) {
        var caller = Caller.current().identity();
        answer(responses, () -> admission.issue(request, caller));
    }

    private static <T> void answer(StreamObserver<T> responses, Supplier<T> call) {
        T response;
        try {
            response = call.get();
        } catch (StatusRuntimeException e) {
            responses.onError(e);
            return;
        } catch (WriteFailure | ReadFailedException e) {
            // No leader, or none that could commit: another manager, or the same one later, can answer.
            responses.onError(Status.UNAVAILABLE.withDescription(e.getMessage()).asRuntimeException());
            return;
        }
        responses.onNext(response);
        responses.onCompleted();
    }
}
