package io.modelmill.benchmarks.inference;

import io.grpc.Channel;
import io.grpc.StatusException;
import io.modelmill.proto.inference.GRPCInferenceServiceGrpc;
import io.modelmill.proto.inference.ModelReadyRequest;
import java.util.concurrent.TimeUnit;

/** Asks an inference server what it has loaded. */
final class ReadinessClient {
    private static final int DEADLINE_SECONDS = 10;

    private final Channel channel;

    ReadinessClient(Channel channel) {
        this.channel = channel;
    }

    /** Whether a version is loaded and warm; the empty one is what a call without a version takes. */
    boolean isReady(String model, String version) {
        try {
            return GRPCInferenceServiceGrpc.newBlockingV2Stub(channel)
                    .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
                    .modelReady(ModelReadyRequest.newBuilder()
                            .setName(model)
                            .setVersion(version)
                            .build())
                    .getReady();
        } catch (StatusException e) {
            // Not there yet, or nobody listens yet: whoever waits gives up by the clock.
            return false;
        }
    }
}
