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
import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.fixture.FakeRegistry;
import io.modelmill.inference.fixture.InferenceClient;
import io.modelmill.inference.fixture.InferenceClient.Refusal;
import io.modelmill.inference.fixture.RealBroker;
import io.modelmill.inference.fixture.TestModel;
import io.modelmill.inference.session.SessionRuns;
import io.modelmill.proto.inference.GRPCInferenceServiceGrpc;
import io.modelmill.proto.inference.ServerLiveRequest;
import io.modelmill.servicekit.fixture.TestCallers;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
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
    SessionRuns runs;

    @Inject
    Admission admission;

    @Inject
    MeterRegistry meters;

    @Inject
    @ConfigProperty(name = "modelmill.session.run-threads")
    int runThreads;

    private final CountDownLatch release = new CountDownLatch(1);
    private TestCallers callers;
    private InferenceClient client;

    @BeforeEach
    void connect() {
        callers = TestCallers.connect();
        client = new InferenceClient(callers.tenant("acme"));
    }

    @AfterEach
    void disconnect() {
        release.countDown();
        callers.close();
        Eventually.until("the queue is empty", () -> runs.waiting() == 0);
    }

    @Test
    void refusesWhatTheQueueDoesNotHoldAndSaysWhenToTryAgain() {
        served("queue-full");
        takeAllThreads();
        for (int waiting = 0; waiting < runs.queueCapacity(); waiting++) {
            runs.submit(() -> {});
        }

        Refusal refusal = InferenceClient.refusal(() -> client.factor("queue-full", ""));

        assertThat(refusal.code()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(refusal.reason()).isEqualTo("QUEUE_FULL");
        assertThat(refusal.detail(RetryInfo.class)).isPresent();
        release.countDown();
        Eventually.until("the queue is empty", () -> runs.waiting() == 0);
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
        Eventually.until("both wait", () -> runs.waiting() == 2);
        cancelled.cancel(true);
        // Frames of one connection are handled in order: when this is answered, the cancellation has been seen.
        client.stub().serverLive(ServerLiveRequest.getDefaultInstance());

        release.countDown();
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
        assertThat(meters.get("modelmill.inference.compute.duration")
                        .tag("model", "acme.expired")
                        .timer()
                        .count())
                .isZero();
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
        CountDownLatch taken = new CountDownLatch(runThreads);
        for (int thread = 0; thread < runThreads; thread++) {
            runs.submit(() -> {
                taken.countDown();
                try {
                    release.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }
        Eventually.until("all threads are taken", () -> taken.getCount() == 0);
    }
}
