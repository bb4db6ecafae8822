package io.modelmill.gateway.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.modelmill.servicekit.error.ErrorReason;
import io.modelmill.servicekit.error.ServiceException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HttpStatusTest {
    private static final Map<Status.Code, Integer> EXPECTED = Map.ofEntries(
            Map.entry(Status.Code.OK, 200),
            Map.entry(Status.Code.CANCELLED, 499),
            Map.entry(Status.Code.UNKNOWN, 500),
            Map.entry(Status.Code.INVALID_ARGUMENT, 400),
            Map.entry(Status.Code.DEADLINE_EXCEEDED, 504),
            Map.entry(Status.Code.NOT_FOUND, 404),
            Map.entry(Status.Code.ALREADY_EXISTS, 409),
            Map.entry(Status.Code.PERMISSION_DENIED, 403),
            Map.entry(Status.Code.RESOURCE_EXHAUSTED, 429),
            Map.entry(Status.Code.FAILED_PRECONDITION, 400),
            Map.entry(Status.Code.ABORTED, 409),
            Map.entry(Status.Code.OUT_OF_RANGE, 400),
            Map.entry(Status.Code.UNIMPLEMENTED, 501),
            Map.entry(Status.Code.INTERNAL, 500),
            Map.entry(Status.Code.UNAVAILABLE, 503),
            Map.entry(Status.Code.DATA_LOSS, 500),
            Map.entry(Status.Code.UNAUTHENTICATED, 401));

    @Test
    void everyCodeHasItsStatus() {
        for (Status.Code code : Status.Code.values()) {
            assertThat(HttpStatus.of(code)).as(code.name()).isEqualTo(EXPECTED.get(code));
        }
    }

    @Test
    void ownReasonsAreMorePrecise() {
        assertThat(of(RestReason.BODY_TOO_LARGE).httpStatus()).isEqualTo(413);
        assertThat(of(RestReason.LENGTH_REQUIRED).httpStatus()).isEqualTo(411);
        assertThat(of(RestReason.METHOD_NOT_ALLOWED).httpStatus()).isEqualTo(405);
        assertThat(of(RestReason.PATH_UNKNOWN).httpStatus()).isEqualTo(404);
    }

    @Test
    void tellsWhenToTryAgain() {
        Failure busy =
                Failure.of(new ServiceException(Reason.BUSY, "busy", List.of(), Optional.of(Duration.ofMillis(2_100))));

        assertThat(busy.httpStatus()).isEqualTo(429);
        assertThat(busy.retryAfterSeconds()).hasValue(3L);
        assertThat(Failure.of(Status.RESOURCE_EXHAUSTED.asRuntimeException()).retryAfterSeconds())
                .hasValue(1L);
        assertThat(of(RestReason.PATH_UNKNOWN).retryAfterSeconds()).isEmpty();
    }

    @Test
    void hidesWhatIsUnmapped() {
        Failure failure = Failure.of(new IllegalStateException("secret"));

        assertThat(failure.httpStatus()).isEqualTo(500);
        assertThat(failure.message()).isEqualTo("internal error");
    }

    private static Failure of(ErrorReason reason) {
        return Failure.of(new ServiceException(reason, "x"));
    }

    private enum Reason implements ErrorReason {
        BUSY;

        @Override
        public Status.Code code() {
            return Status.Code.RESOURCE_EXHAUSTED;
        }
    }
}
