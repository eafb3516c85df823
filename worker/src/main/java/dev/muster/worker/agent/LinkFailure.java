package dev.muster.worker.agent;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Optional;

/** A connection to a manager is over, or never was. The message says with whom and why. */
public final class LinkFailure extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final Metadata.Key<String> LEADER =
            Metadata.Key.of("muster-leader", Metadata.ASCII_STRING_MARSHALLER);

    private final Status.Code code;
    private final Optional<String> leader;
    private final boolean registering;

    private LinkFailure(
            String message, Status.Code code, Optional<String> leader, boolean registering, Throwable cause) {
        super(message, cause);
        this.code = code;
        this.leader = leader;
        this.registering = registering;
    }

    LinkFailure(String message) {
        super(message);
        this.code = Status.Code.UNAVAILABLE;
        this.leader = Optional.empty();
        this.registering = false;
    }

    static LinkFailure of(String manager, Throwable thrown) {
        var status = Status.fromThrowable(thrown);
        var trailers = Status.trailersFromThrowable(thrown);
        var leader = Optional.ofNullable(trailers).map(found -> found.get(LEADER));
        var description = String.valueOf(status.getDescription());
        // The first line says it; what gRPC adds below is its pipeline.
        var reason = status.getDescription() == null
                ? status.getCode().name()
                : description.lines().findFirst().orElse("");
        return new LinkFailure(
                "manager " + manager + ": " + reason + root(thrown), status.getCode(), leader, false, thrown);
    }

    /** The same, known to be about the node's registration: elsewhere NOT_FOUND means a session that is over. */
    LinkFailure whileRegistering() {
        return new LinkFailure(String.valueOf(getMessage()), code, leader, true, this);
    }

    /** What lies below gRPC's "io exception", as a refused connection. */
    private static String root(Throwable thrown) {
        Throwable cause = thrown;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.equals(thrown) || cause instanceof StatusRuntimeException ? "" : " (" + cause.getMessage() + ")";
    }

    /** The address of the manager to ask instead, if this one said so. */
    Optional<String> leader() {
        return leader;
    }

    /** The manager answers, but does not lead: another does, or will soon. */
    boolean electing() {
        return code == Status.Code.FAILED_PRECONDITION;
    }

    /** The managers will not have this node: it was removed, or its certificate is not valid. */
    boolean refused() {
        return registering
                && switch (code) {
                    case NOT_FOUND, PERMISSION_DENIED, UNAUTHENTICATED -> true;
                    default -> false;
                };
    }
}
