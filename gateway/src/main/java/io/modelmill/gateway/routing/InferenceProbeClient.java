package io.modelmill.gateway.routing;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.modelmill.gateway.auth.CallerTokens;
import io.modelmill.proto.inference.GRPCInferenceServiceGrpc;
import io.modelmill.proto.inference.ServerReadyRequest;
import io.modelmill.proto.inference.ServerReadyResponse;
import io.modelmill.servicekit.security.BearerToken;
import io.modelmill.servicekit.security.Caller;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** Asks each replica again and again whether it can answer. */
@ApplicationScoped
class InferenceProbeClient {
    private static final Logger LOG = Logger.getLogger(InferenceProbeClient.class);
    private static final Caller GATEWAY = Caller.service("gateway");

    private final InferenceBackend backend;
    private final CallerTokens tokens;
    private final Duration interval;
    private final Duration timeout;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("inference-probe").factory());

    InferenceProbeClient(InferenceBackend backend, CallerTokens tokens, BackendsConfig.Inference config) {
        this.backend = backend;
        this.tokens = tokens;
        this.interval = config.probeInterval();
        this.timeout = config.probeTimeout();
    }

    void start(@Observes StartupEvent event) {
        var unused = timer.scheduleWithFixedDelay(this::probeAll, 0, interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    void stop(@Observes ShutdownEvent event) {
        timer.shutdownNow();
    }

    private void probeAll() {
        try {
            backend.directory().refresh();
            backend.replicas().forEach(this::probe);
        } catch (RuntimeException failure) {
            // Thrown on, it would end the timer.
            LOG.error("inference replicas could not be asked", failure);
        }
    }

    private void probe(InferenceReplica replica) {
        GRPCInferenceServiceGrpc.newStub(replica.connection())
                .withExecutor(timer)
                .withInterceptors(BearerToken.sending(() -> tokens.forward(GATEWAY, InferenceBackend.AUDIENCE)))
                .withDeadlineAfter(timeout)
                .serverReady(ServerReadyRequest.getDefaultInstance(), new StreamObserver<>() {
                    @Override
                    public void onNext(ServerReadyResponse answer) {
                        note(replica, answer.getReady(), "it says so");
                    }

                    @Override
                    public void onError(Throwable failure) {
                        note(replica, false, BackendFailure.describe(Status.fromThrowable(failure)));
                    }

                    @Override
                    public void onCompleted() {}
                });
    }

    private static void note(InferenceReplica replica, boolean ready, String why) {
        if (replica.found(ready)) {
            LOG.infof("inference replica %s is %s: %s", replica.address(), ready ? "ready" : "not ready", why);
        }
    }
}
