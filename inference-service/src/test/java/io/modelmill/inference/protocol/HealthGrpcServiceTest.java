package io.modelmill.inference.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HealthGrpcServiceTest {
    private static final int SERVING = 1;
    private static final int NOT_SERVING = 2;
    private static final int SERVICE_UNKNOWN = 3;

    private final AtomicBoolean ready = new AtomicBoolean();
    private final HealthGrpcService health = new HealthGrpcService(ready::get);

    @AfterEach
    void close() {
        health.close();
    }

    @Test
    void servesWhileTheReplicaIsReady() {
        assertThat(check("").statuses).containsExactly(NOT_SERVING);
        ready.set(true);
        assertThat(check("").statuses).containsExactly(SERVING);
        assertThat(check("inference.GRPCInferenceService").statuses).containsExactly(SERVING);
    }

    @Test
    void knowsNoOtherService() {
        assertThat(Status.fromThrowable(check("other").failure).getCode()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(watch("other").statuses).containsExactly(SERVICE_UNKNOWN);
    }

    @Test
    void tellsThoseWhoWatchOfEachChangeOnce() {
        Recorded watch = watch("");
        health.look();
        ready.set(true);
        health.look();
        health.look();
        ready.set(false);
        health.look();

        assertThat(watch.statuses).containsExactly(NOT_SERVING, SERVING, NOT_SERVING);
    }

    @Test
    void tellsASlowOneTheNewestWhenItReadsAgain() {
        Recorded watch = watch("");
        watch.readable = false;
        ready.set(true);
        health.look();
        assertThat(watch.statuses).containsExactly(NOT_SERVING);

        watch.readable = true;
        health.look();
        assertThat(watch.statuses).containsExactly(NOT_SERVING, SERVING);
    }

    @Test
    void forgetsThoseWhoHaveGone() {
        List<Recorded> watches = new ArrayList<>();
        for (int index = 0; index < HealthGrpcService.MOST_WATCHES; index++) {
            watches.add(watch(""));
        }
        assertThat(Status.fromThrowable(watch("").failure).getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);

        watches.getFirst().cancel();

        assertThat(watch("").failure).isNull();
    }

    @Test
    void saysThatItServesNoMoreWhenItEnds() {
        ready.set(true);
        Recorded watch = watch("");

        health.close();

        assertThat(watch.statuses).containsExactly(SERVING, NOT_SERVING);
        assertThat(watch.completed).isTrue();
    }

    private Recorded check(String service) {
        Recorded response = new Recorded();
        health.check(HealthCheckRequest.newBuilder().setService(service).build(), response);
        return response;
    }

    private Recorded watch(String service) {
        Recorded response = new Recorded();
        health.watch(HealthCheckRequest.newBuilder().setService(service).build(), response);
        return response;
    }

    /** Keeps what a caller would get. */
    private static final class Recorded extends ServerCallStreamObserver<HealthCheckResponse> {
        private final List<Integer> statuses = new ArrayList<>();
        private boolean readable = true;
        private boolean cancelled;
        private boolean completed;
        private @Nullable Throwable failure;
        private Runnable onCancel = () -> {};

        void cancel() {
            cancelled = true;
            onCancel.run();
        }

        @Override
        public void onNext(HealthCheckResponse value) {
            statuses.add(value.getStatusValue());
        }

        @Override
        public void onError(Throwable thrown) {
            failure = thrown;
        }

        @Override
        public void onCompleted() {
            completed = true;
        }

        @Override
        public boolean isReady() {
            return readable;
        }

        @Override
        public boolean isCancelled() {
            return cancelled;
        }

        @Override
        public void setOnCancelHandler(Runnable handler) {
            onCancel = handler;
        }

        @Override
        public void setOnReadyHandler(Runnable handler) {}

        @Override
        public void setCompression(String compression) {}

        @Override
        public void disableAutoInboundFlowControl() {}

        @Override
        public void request(int count) {}

        @Override
        public void setMessageCompression(boolean enable) {}
    }
}
