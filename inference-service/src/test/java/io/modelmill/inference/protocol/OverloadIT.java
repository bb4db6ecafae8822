package io.modelmill.inference.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.RetryInfo;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.modelmill.inference.batching.RunScheduler;
import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.fixture.FakeRegistry;
import io.modelmill.inference.fixture.InferenceClient;
import io.modelmill.inference.fixture.InferenceClient.Refusal;
import io.modelmill.inference.fixture.RealBroker;
import io.modelmill.inference.fixture.TestModel;
import io.modelmill.inference.server.ServingServer;
import io.modelmill.proto.inference.GRPCInferenceServiceGrpc;
import io.modelmill.proto.inference.ModelInferResponse;
import io.modelmill.servicekit.fixture.TestCallers;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Predictions while every run thread is taken. */
@QuarkusTest
@RealBroker
class OverloadIT {
    @Inject
    FakeRegistry registry;

    @Inject
    RunScheduler scheduler;

    @Inject
    Admission admission;

    @Inject
    MeterRegistry meters;

    private final CountDownLatch release = new CountDownLatch(1);

    @Inject
    ServingServer server;

    private TestCallers callers;
    private InferenceClient client;

    @BeforeEach
    void connect() {
        callers = TestCallers.connect(server.port());
        client = new InferenceClient(callers.tenant("acme"));
    }

    @AfterEach
    void disconnect() {
        release.countDown();
        callers.close();
        Eventually.until("the queue is empty", () -> scheduler.waiting() == 0);
    }

    @Test
    void refusesWhatTheQueueDoesNotHoldAndSaysWhenToTryAgain() throws Exception {
        served("queue-full");
        takeAllThreads();
        List<Future<ModelInferResponse>> waiting = new ArrayList<>();
        while (waiting.size() < scheduler.queueCapacity()) {
            waiting.add(GRPCInferenceServiceGrpc.newFutureStub(callers.tenant("acme"))
                    .withDeadlineAfter(30, TimeUnit.SECONDS)
                    .modelInfer(InferenceClient.scalingRequest("queue-full", "")));
        }
        Eventually.until("the queue is full", () -> scheduler.waiting() == scheduler.queueCapacity());

        Refusal refusal = InferenceClient.refusal(() -> client.factor("queue-full", ""));

        assertThat(refusal.code()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(refusal.reason()).isEqualTo("QUEUE_FULL");
        assertThat(refusal.detail(RetryInfo.class)).isPresent();
        release.countDown();
        for (Future<ModelInferResponse> answer : waiting) {
            assertThat(InferenceClient.factor(answer.get())).isEqualTo(1f);
        }
        assertThat(client.factor("queue-full", "")).isEqualTo(1f);
    }

    @Test
    void neverRunsWhatNobodyWaitsForAnyMore() {
        served("expired");
        takeAllThreads();

        Refusal refusal = InferenceClient.refusal(() -> GRPCInferenceServiceGrpc.newBlockingStub(callers.tenant("acme"))
                .withDeadlineAfter(200, TimeUnit.MILLISECONDS)
                .modelInfer(InferenceClient.scalingRequest("expired", "")));
        assertThat(refusal.code()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);

        Future<?> cancelled = GRPCInferenceServiceGrpc.newFutureStub(callers.tenant("acme"))
                .withDeadlineAfter(30, TimeUnit.SECONDS)
                .modelInfer(InferenceClient.scalingRequest("expired", ""));
        Eventually.until("the expired one has left, the other waits", () -> scheduler.waiting() == 1);
        cancelled.cancel(true);

        // While no thread is free: nobody takes what has no caller.
        Eventually.until(
                "both are dropped",
                () ->
                        meters
                                        .get("modelmill.inference.failures")
                                        .tag("model", "acme.expired")
                                        .functionCounters()
                                        .stream()
                                        .mapToDouble(FunctionCounter::count)
                                        .sum()
                                == 2);
        release.countDown();
        assertThat(client.factor("expired", "")).isEqualTo(1f);
        Eventually.until("the one that was waited for is measured", () -> computed("expired") == 1);
    }

    private long computed(String model) {
        return meters.get("modelmill.inference.compute.duration")
                .tag("model", "acme." + model)
                .timer()
                .count();
    }

    @Test
    void countsARequestFromItsFirstByteToTheEndOfItsStream() {
        ClientCall<byte[], byte[]> call = callers.tenant("acme")
                .newCall(WireServer.rawInfer(MethodDescriptor.MethodType.CLIENT_STREAMING), CallOptions.DEFAULT);
        call.start(new ClientCall.Listener<>() {}, new Metadata());
        call.sendMessage(new byte[100_000]);
        Eventually.until("it is counted", () -> admission.bytesInFlight() >= 100_000);
        assertThat(admission.requestsInFlight()).isEqualTo(1);

        call.cancel("gone", null);

        Eventually.until(
                "all is given back", () -> admission.requestsInFlight() == 0 && admission.bytesInFlight() == 0);
    }

    private void served(String id) {
        new TestModel(registry, "acme", id).scaling(1, 1).alias("production", 1).publish();
        Eventually.until(id + " is loaded", () -> client.isReady(id, ""));
    }

    private void takeAllThreads() {
        CountDownLatch taken = new CountDownLatch(scheduler.threads());
        for (int index = 0; index < scheduler.threads(); index++) {
            int thread = index;
            Thread.ofVirtual().start(() -> {
                try {
                    scheduler.call(thread, () -> {
                        taken.countDown();
                        release.await();
                        return thread;
                    });
                } catch (ExecutionException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
        }
        Eventually.until("all threads are taken", () -> taken.getCount() == 0);
    }
}
