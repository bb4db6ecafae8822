package io.modelmill.fleet.client;

import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.protobuf.StatusProto;

/** Tells a service that has too much to do at this moment from a tenant who has no room left: both are RESOURCE_EXHAUSTED. */
final class BackPressure {
    private BackPressure() {}

    /** Whether the failure is RESOURCE_EXHAUSTED without a time to come back. */
    static boolean isQuota(StatusException failure) {
        if (failure.getStatus().getCode() != Status.Code.RESOURCE_EXHAUSTED) {
            return false;
        }
        com.google.rpc.Status details = StatusProto.fromThrowable(failure);
        return details == null || details.getDetailsList().stream().noneMatch(detail -> detail.is(RetryInfo.class));
    }
}
