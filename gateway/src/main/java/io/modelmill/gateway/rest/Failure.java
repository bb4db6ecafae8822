package io.modelmill.gateway.rest;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.protobuf.StatusProto;
import io.modelmill.servicekit.error.StatusMapper;
import java.util.Optional;

/** Why a request failed, as both forms of error bodies tell it. */
record Failure(Status.Code code, com.google.rpc.Status proto) {
    static Failure of(Throwable failure) {
        StatusException known = StatusMapper.toStatus(failure);
        Metadata trailers = known.getTrailers();
        return new Failure(
                known.getStatus().getCode(),
                StatusProto.fromStatusAndTrailers(known.getStatus(), trailers == null ? new Metadata() : trailers));
    }

    /** The HTTP status; more precise than the gRPC code where the reason is this door's own. */
    int httpStatus() {
        return detail(ErrorInfo.class)
                .map(ErrorInfo::getReason)
                .map(reason -> switch (reason) {
                    case "BODY_TOO_LARGE" -> 413;
                    case "LENGTH_REQUIRED" -> 411;
                    case "METHOD_NOT_ALLOWED" -> 405;
                    case "RANGE_NOT_SATISFIABLE" -> 416;
                    default -> HttpStatus.of(code);
                })
                .orElse(HttpStatus.of(code));
    }

    String message() {
        return proto.getMessage();
    }

    /** Seconds after which trying again may help, rounded up. */
    Optional<Long> retryAfterSeconds() {
        return detail(RetryInfo.class)
                .map(info -> Math.max(
                        1,
                        info.getRetryDelay().getSeconds()
                                + (info.getRetryDelay().getNanos() > 0 ? 1 : 0)))
                .or(() -> code == Status.Code.RESOURCE_EXHAUSTED ? Optional.of(1L) : Optional.empty());
    }

    private <M extends Message> Optional<M> detail(Class<M> type) {
        for (Any detail : proto.getDetailsList()) {
            if (detail.is(type)) {
                try {
                    return Optional.of(detail.unpack(type));
                } catch (InvalidProtocolBufferException malformed) {
                    return Optional.empty();
                }
            }
        }
        return Optional.empty();
    }
}
