package io.modelmill.worker.assignment;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.protobuf.StatusProto;
import org.junit.jupiter.api.Test;

class BackPressureTest {
    @Test
    void whoTellsWhenToComeBackIsOnlyBusy() {
        assertThat(BackPressure.isQuota(exhausted(ErrorInfo.getDefaultInstance(), RetryInfo.getDefaultInstance())))
                .isFalse();
    }

    @Test
    void whoTellsNoTimeHasNoRoom() {
        assertThat(BackPressure.isQuota(exhausted(ErrorInfo.getDefaultInstance())))
                .isTrue();
        assertThat(BackPressure.isQuota(Status.RESOURCE_EXHAUSTED.asException()))
                .isTrue();
    }

    @Test
    void otherFailuresAreNone() {
        assertThat(BackPressure.isQuota(Status.UNAVAILABLE.asException())).isFalse();
    }

    private static StatusException exhausted(Message... details) {
        com.google.rpc.Status.Builder status =
                com.google.rpc.Status.newBuilder().setCode(Code.RESOURCE_EXHAUSTED_VALUE);
        for (Message detail : details) {
            status.addDetails(Any.pack(detail));
        }
        return StatusProto.toStatusException(status.build());
    }
}
