package io.modelmill.inference.protocol;

import grpc.health.v1.HealthGrpc;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.modelmill.inference.placement.Replica;
import io.modelmill.proto.inference.GRPCInferenceServiceGrpc;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * The standard health service: {@code SERVING} while the replica can answer, and not while it starts, drains or its device
 * has failed. Anybody may ask, so that the number of those who watch is bounded.
 */
@Singleton
class HealthGrpcService implements GrpcApi, HealthGrpc.AsyncService {
    static final int MOST_WATCHES = 1000;

    private static final Set<String> SERVICES = Set.of("", GRPCInferenceServiceGrpc.SERVICE_NAME);
    private static final Duration LOOK_PAUSE = Duration.ofMillis(250);

    private final BooleanSupplier ready;
    private final Set<Watch> watches = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("health-watch").daemon().factory());

    @Inject
    HealthGrpcService(Replica replica) {
        this(replica::isReady);
        var _ = clock.scheduleWithFixedDelay(
                this::look, LOOK_PAUSE.toMillis(), LOOK_PAUSE.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Looks only when it is told to. */
    HealthGrpcService(BooleanSupplier ready) {
        this.ready = ready;
    }

    @Override
    public ServerServiceDefinition definition() {
        return HealthGrpc.bindService(this);
    }

    @Override
    public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> response) {
        if (!SERVICES.contains(request.getService())) {
            response.onError(Status.NOT_FOUND
                    .withDescription("service: \"" + request.getService() + "\" (expected: one of " + SERVICES + ")")
                    .asRuntimeException());
            return;
        }
        response.onNext(HealthCheckResponse.newBuilder().setStatus(status()).build());
        response.onCompleted();
    }

    @Override
    public void watch(HealthCheckRequest request, StreamObserver<HealthCheckResponse> response) {
        if (watches.size() >= MOST_WATCHES) {
            response.onError(Status.RESOURCE_EXHAUSTED
                    .withDescription("watches: " + MOST_WATCHES + " (expected: fewer)")
                    .asRuntimeException());
            return;
        }
        // The standard asks for a stream that stays open, for an unknown service may come.
        Watch watch = new Watch(
                (ServerCallStreamObserver<HealthCheckResponse>) response, SERVICES.contains(request.getService()));
        watches.add(watch);
        watch.response.setOnCancelHandler(() -> watches.remove(watch));
        watch.tell(status());
    }

    /** Tells those who watch what has changed. */
    void look() {
        ServingStatus now = status();
        watches.forEach(watch -> watch.tell(now));
    }

    @PreDestroy
    void close() {
        clock.shutdownNow();
        watches.forEach(watch -> watch.tell(ServingStatus.NOT_SERVING));
        watches.forEach(Watch::end);
        watches.clear();
    }

    private ServingStatus status() {
        return ready.getAsBoolean() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
    }

    /** One who watches. */
    private static final class Watch {
        /** The standard's number of SERVICE_UNKNOWN, which the stubs here are too old to name. */
        private static final int SERVICE_UNKNOWN = 3;

        private final ServerCallStreamObserver<HealthCheckResponse> response;
        private final boolean known;
        private int told = -1;

        /** @param known whether there is such a service */
        Watch(ServerCallStreamObserver<HealthCheckResponse> response, boolean known) {
            this.response = response;
            this.known = known;
        }

        /** Says nothing twice; one who does not read is told the newest when it reads again. */
        synchronized void tell(ServingStatus now) {
            int status = known ? now.getNumber() : SERVICE_UNKNOWN;
            if (status != told && !response.isCancelled() && (told < 0 || response.isReady())) {
                told = status;
                response.onNext(
                        HealthCheckResponse.newBuilder().setStatusValue(status).build());
            }
        }

        synchronized void end() {
            if (!response.isCancelled()) {
                response.onCompleted();
            }
        }
    }
}
