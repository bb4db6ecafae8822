package io.modelmill.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.modelmill.servicekit.error.CommonReason;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.StatusMapper;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class BackendFailureTest {
    @Test
    void hidesTheTransportsWords() throws InvalidProtocolBufferException {
        BackendFailure failure = of(Status.UNAVAILABLE.withDescription("Connection refused: /10.1.2.3:7411"));

        assertThat(failure.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(failure.status().getDescription()).isEqualTo("registry-service does not answer");
        assertThat(reason(failure)).isEqualTo("DEPENDENCY_UNAVAILABLE");
    }

    @Test
    void hidesAddressesOfDeadlines() throws InvalidProtocolBufferException {
        BackendFailure failure =
                of(Status.DEADLINE_EXCEEDED.withDescription("after 0.9s [remote_addr=/10.1.2.3:7411]"));

        assertThat(failure.status().getDescription()).doesNotContain("10.1.2.3");
        assertThat(reason(failure)).isEqualTo("DEADLINE_EXCEEDED");
    }

    @Test
    void passesOnWhatAServiceSaid() {
        for (CommonReason reason : CommonReason.values()) {
            if (reason == CommonReason.CREDENTIAL_INVALID) {
                continue;
            }
            StatusException said = StatusMapper.toStatus(new ServiceException(reason, "what it said"));
            BackendFailure failure =
                    BackendFailure.of(said.getStatus(), Objects.requireNonNull(said.getTrailers()), "registry-service");

            assertThat(failure.status().getCode()).isEqualTo(reason.code());
            assertThat(failure.status().getDescription()).isEqualTo("what it said");
            assertThat(failure.trailers()).isSameAs(said.getTrailers());
        }
    }

    @Test
    void aTokenThatAServiceRefusesIsNoFaultOfTheCaller() throws InvalidProtocolBufferException {
        StatusException said =
                StatusMapper.toStatus(new ServiceException(CommonReason.CREDENTIAL_INVALID, "wrong key of gateway"));
        BackendFailure failure =
                BackendFailure.of(said.getStatus(), Objects.requireNonNull(said.getTrailers()), "registry-service");

        assertThat(failure.status().getCode()).isEqualTo(Status.Code.INTERNAL);
        assertThat(failure.status().getDescription()).isEqualTo("internal error");
        assertThat(reason(failure)).isEqualTo("INTERNAL");
    }

    private static BackendFailure of(Status status) {
        return BackendFailure.of(status, new Metadata(), "registry-service");
    }

    private static String reason(BackendFailure failure) throws InvalidProtocolBufferException {
        Any detail = failure.toProto().getDetailsList().getFirst();
        return detail.unpack(ErrorInfo.class).getReason();
    }
}
