package io.modelmill.servicekit.error;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.protobuf.StatusProto;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StatusMapperTest {
    @Test
    void tellsEveryWrongField() throws InvalidProtocolBufferException {
        ServiceException failure = catchViolations(new Violations()
                .check(false, "epochs", -1, "1 to 10000")
                .check(true, "batch_size", 16, "1 to 65536")
                .check(false, "loss.type", "hinge", "cross_entropy"));
        StatusException status = StatusMapper.toStatus(failure);

        assertThat(status.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(status.getStatus().getDescription())
                .isEqualTo("epochs: -1 (expected: 1 to 10000); loss.type: \"hinge\" (expected: cross_entropy)");
        assertThat(detail(status, BadRequest.class).getFieldViolationsList())
                .extracting(BadRequest.FieldViolation::getField)
                .containsExactly("epochs", "loss.type");
        assertThat(detail(status, ErrorInfo.class).getReason()).isEqualTo("INVALID_FIELD");
    }

    @Test
    void tellsWhenToTryAgain() throws InvalidProtocolBufferException {
        StatusException status = StatusMapper.toStatus(new ServiceException(
                CommonReason.DEPENDENCY_UNAVAILABLE, "full", List.of(), Optional.of(Duration.ofMillis(1500))));

        assertThat(status.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        RetryInfo retry = detail(status, RetryInfo.class);
        assertThat(retry.getRetryDelay().getSeconds()).isEqualTo(1);
        assertThat(retry.getRetryDelay().getNanos()).isEqualTo(500_000_000);
    }

    @Test
    void backPressureHasNoStackTraces() {
        ServiceException full = new ServiceException(
                CommonReason.DEPENDENCY_UNAVAILABLE, "full", List.of(), Optional.of(Duration.ofSeconds(1)));

        assertThat(full.getStackTrace()).isEmpty();
        assertThat(StatusMapper.toStatus(full).getStackTrace()).isEmpty();
        assertThat(new ServiceException(CommonReason.STALE_ETAG, "changed").getStackTrace())
                .isNotEmpty();
    }

    @Test
    void hidesInternalsOfUnmappedFailures() throws InvalidProtocolBufferException {
        StatusException status = StatusMapper.toStatus(new IllegalStateException("password is hunter2"));

        assertThat(status.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
        assertThat(status.getStatus().getDescription()).isEqualTo("internal error");
        assertThat(detail(status, ErrorInfo.class).getReason()).isEqualTo("INTERNAL");
    }

    @Test
    void isUnavailableWhileTheDatabaseIsAway() throws InvalidProtocolBufferException {
        for (String state : List.of("08001", "08006", "57P01", "57P03", "53300")) {
            StatusException status = StatusMapper.toStatus(
                    new IllegalStateException("statement", new SQLException("connection to 10.0.0.7 refused", state)));
            assertThat(status.getStatus().getCode()).as(state).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(status.getStatus().getDescription()).isEqualTo("the database does not answer");
            assertThat(detail(status, ErrorInfo.class).getReason()).isEqualTo("DEPENDENCY_UNAVAILABLE");
        }
        for (String words :
                List.of("Acquisition timeout while waiting for new connection", "Sorry, acquisition timeout!")) {
            assertThat(StatusMapper.toStatus(new IllegalStateException("no connection", new SQLException(words)))
                            .getStatus()
                            .getCode())
                    .as(words)
                    .isEqualTo(Status.Code.UNAVAILABLE);
        }
        SQLException wrong = new SQLException("syntax error", "42601");
        assertThat(StatusMapper.toStatus(new IllegalStateException(wrong))
                        .getStatus()
                        .getCode())
                .isEqualTo(Status.Code.INTERNAL);
        assertThat(StatusMapper.toStatus(new SQLException("This statement has been closed"))
                        .getStatus()
                        .getCode())
                .isEqualTo(Status.Code.INTERNAL);
    }

    @Test
    void passesOnStatusOfAnotherServiceWithItsDetails() {
        Metadata trailers = new Metadata();
        StatusException passedOn =
                StatusMapper.toStatus(Status.NOT_FOUND.withDescription("gone").asRuntimeException(trailers));

        assertThat(passedOn.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(passedOn.getTrailers()).isSameAs(trailers);
    }

    @Test
    void shortensLongOffendingTexts() {
        assertThat(Violations.of("name", "x".repeat(10_000), "short").getMessage())
                .hasSizeLessThan(200);
    }

    @Test
    void fitsTheTrailersThatClientsTake() throws InvalidProtocolBufferException {
        Violations violations = new Violations();
        for (int index = 0; index < 1_000; index++) {
            violations.add("spec.layers[" + index + "].units", "\u4e00".repeat(100), "1 to 65536");
        }

        StatusException status = StatusMapper.toStatus(catchViolations(violations));

        byte[] details =
                Objects.requireNonNull(StatusProto.fromThrowable(status)).toByteArray();
        int base64 = (details.length + 2) / 3 * 4;
        // Nine bytes for each of the message's Chinese characters, three for the rest.
        String message = String.valueOf(status.getStatus().getDescription());
        int percentEncoded =
                message.chars().map(character -> character > '~' ? 9 : 1).sum();
        assertThat(base64 + percentEncoded).isLessThan(7_500);
        List<BadRequest.FieldViolation> fields =
                detail(status, BadRequest.class).getFieldViolationsList();
        assertThat(fields.getLast().getDescription()).isEqualTo("and " + (1_001 - fields.size()) + " more");
        assertThat(fields.getFirst().getField()).isEqualTo("spec.layers[0].units");
    }

    private static ServiceException catchViolations(Violations violations) {
        try {
            violations.throwIfAny();
        } catch (ServiceException expected) {
            return expected;
        }
        throw new AssertionError("no violation was thrown");
    }

    private static <T extends Message> T detail(StatusException status, Class<T> type)
            throws InvalidProtocolBufferException {
        com.google.rpc.Status proto = Objects.requireNonNull(StatusProto.fromThrowable(status));
        for (Any detail : proto.getDetailsList()) {
            if (detail.is(type)) {
                return detail.unpack(type);
            }
        }
        throw new AssertionError("no " + type.getSimpleName() + " in " + proto);
    }
}
