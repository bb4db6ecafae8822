package io.modelmill.gateway.routing;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.protobuf.StatusProto;
import io.modelmill.servicekit.error.CommonReason;
import io.modelmill.servicekit.error.ErrorReason;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.StatusMapper;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How a call ended, as the caller may see it. What a service said with details is passed on whole. All else comes from
 * transports, whose texts name addresses: it gets a text of our own.
 */
record BackendFailure(Status status, Metadata trailers) {
    private static final Metadata.Key<byte[]> DETAILS =
            Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    /** @param service the backend's name */
    static BackendFailure of(Status status, Metadata trailers, String service) {
        return switch (status.getCode()) {
            case OK -> new BackendFailure(status, trailers);
            case UNAVAILABLE, DEADLINE_EXCEEDED, INTERNAL, UNKNOWN, DATA_LOSS, UNAUTHENTICATED ->
                trailers.containsKey(DETAILS) && !isOurOwnFault(status)
                        ? new BackendFailure(status, trailers)
                        : mapped(status, service);
            default ->
                new BackendFailure(
                        Status.fromCode(status.getCode()).withDescription(status.getDescription()), trailers);
        };
    }

    /** The caller was let in; a service that does not know the gateway's token is a fault of the fleet. */
    private static boolean isOurOwnFault(Status status) {
        return status.getCode() == Status.Code.UNAUTHENTICATED;
    }

    private static BackendFailure mapped(Status status, String service) {
        ServiceException failure = switch (status.getCode()) {
            case UNAVAILABLE ->
                new ServiceException(
                        CommonReason.DEPENDENCY_UNAVAILABLE,
                        service + " does not answer",
                        List.of(),
                        Optional.of(RETRY_AFTER));
            case DEADLINE_EXCEEDED ->
                new ServiceException(Reason.DEADLINE_EXCEEDED, service + " did not answer in time");
            default -> new ServiceException(Reason.INTERNAL, "internal error");
        };
        StatusException known = StatusMapper.toStatus(failure);
        Metadata trailers = known.getTrailers();
        return new BackendFailure(known.getStatus(), trailers == null ? new Metadata() : trailers);
    }

    /** Whether the transport or the service is at fault, and the log should say so. */
    static boolean isFault(Status status) {
        return switch (status.getCode()) {
            case INTERNAL, UNKNOWN, DATA_LOSS, UNAVAILABLE, UNAUTHENTICATED -> true;
            default -> false;
        };
    }

    /** One line for the log: the code, the first line of what was said, and the cause's own message. */
    static String describe(Status status) {
        String said = status.getDescription() == null
                ? ""
                : " " + status.getDescription().lines().findFirst().orElse("");
        Throwable cause = status.getCause();
        return status.getCode() + said + (cause == null ? "" : " (" + cause.getMessage() + ")");
    }

    /** The google.rpc.Status of an ended call. */
    com.google.rpc.Status toProto() {
        return StatusProto.fromStatusAndTrailers(status, trailers);
    }

    private enum Reason implements ErrorReason {
        DEADLINE_EXCEEDED(Status.Code.DEADLINE_EXCEEDED),
        INTERNAL(Status.Code.INTERNAL);

        private final Status.Code code;

        Reason(Status.Code code) {
            this.code = code;
        }

        @Override
        public Status.Code code() {
            return code;
        }
    }
}
