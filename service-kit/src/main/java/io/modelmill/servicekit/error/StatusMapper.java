package io.modelmill.servicekit.error;

import com.google.protobuf.Any;
import com.google.protobuf.util.Durations;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.protobuf.StatusProto;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Locale;
import org.jboss.logging.Logger;

/** The one function from a failure to what a caller gets. */
public final class StatusMapper {
    /** Domain of every ErrorInfo. */
    public static final String DOMAIN = "modelmill.io";

    private static final Metadata.Key<com.google.rpc.Status> DETAILS = Metadata.Key.of(
            "grpc-status-details-bin", ProtoUtils.metadataMarshaller(com.google.rpc.Status.getDefaultInstance()));

    private static final Logger LOG = Logger.getLogger(StatusMapper.class);

    private StatusMapper() {}

    /**
     * A status with google.rpc details. A {@link ServiceException} becomes its own status with ErrorInfo, BadRequest for
     * fields and RetryInfo for back-pressure; a status of another service is passed on as it is; a database that does not
     * answer is UNAVAILABLE; all else is logged whole and answered INTERNAL with a fixed text.
     */
    public static StatusException toStatus(Throwable failure) {
        return switch (failure) {
            case ServiceException known -> toStatus(known);
            case StatusRuntimeException status -> status.getStatus().asException(status.getTrailers());
            case StatusException status -> status;
            default -> {
                if (isDatabaseAway(failure)) {
                    LOG.warnf("the database does not answer: %s", failure.getMessage());
                    yield toStatus(
                            new ServiceException(CommonReason.DEPENDENCY_UNAVAILABLE, "the database does not answer"));
                }
                LOG.error("unmapped failure", failure);
                yield StatusProto.toStatusException(status(Status.Code.INTERNAL, "internal error", "INTERNAL")
                        .build());
            }
        };
    }

    /**
     * Whether a statement failed for the connection: none was to be had, it was lost or refused (class 08), or the server ended it
     * (57P, 53300).
     */
    private static boolean isDatabaseAway(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLTransientConnectionException) {
                return true;
            }
            if (cause instanceof SQLException pool && pool.getSQLState() == null && isAcquisitionTimeout(pool)) {
                return true;
            }
            if (cause instanceof SQLException sql && sql.getSQLState() != null) {
                String state = sql.getSQLState();
                return state.startsWith("08") || state.startsWith("57P") || state.equals("53300");
            }
        }
        return false;
    }

    /** Whether the pool waited in vain for a connection: it has no class and no state for that. */
    private static boolean isAcquisitionTimeout(SQLException pool) {
        return String.valueOf(pool.getMessage()).toLowerCase(Locale.ROOT).contains("acquisition timeout");
    }

    private static StatusException toStatus(ServiceException failure) {
        com.google.rpc.Status.Builder status = status(
                failure.reason().code(),
                StatusSize.message(failure.getMessage() == null ? "" : failure.getMessage()),
                failure.reason().name());
        if (!failure.violations().isEmpty()) {
            status.addDetails(Any.pack(StatusSize.fields(failure.violations())));
        }
        failure.retryAfter()
                .ifPresent(delay -> status.addDetails(Any.pack(RetryInfo.newBuilder()
                        .setRetryDelay(Durations.fromMillis(delay.toMillis()))
                        .build())));
        com.google.rpc.Status built = status.build();
        Metadata trailers = new Metadata();
        trailers.put(DETAILS, built);
        return new Answer(Status.fromCodeValue(built.getCode()).withDescription(built.getMessage()), trailers);
    }

    /** Made for every refused call. Where it was made says nothing: the failure that it tells of came from elsewhere. */
    private static final class Answer extends StatusException {
        private static final long serialVersionUID = 1L;

        Answer(Status status, Metadata trailers) {
            super(status, trailers);
        }

        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    }

    private static com.google.rpc.Status.Builder status(Status.Code code, String message, String reason) {
        return com.google.rpc.Status.newBuilder()
                .setCode(code.value())
                .setMessage(message)
                .addDetails(Any.pack(ErrorInfo.newBuilder()
                        .setReason(reason)
                        .setDomain(DOMAIN)
                        .build()));
    }
}
