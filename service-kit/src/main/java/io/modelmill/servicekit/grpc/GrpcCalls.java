package io.modelmill.servicekit.grpc;

import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.modelmill.servicekit.error.StatusMapper;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Answers calls from blocking code on virtual threads, in the call's own context. Methods hand over here instead of being
 * annotated {@code @RunOnVirtualThread}, with which Quarkus 3.34 loses calls (quarkus issue 48940). The threads are not
 * Quarkus's own: those share the call's Vert.x context, where Quarkus keeps the current gRPC context, so that the event
 * loop leaving the method would put another context in place while the work still runs.
 */
@ApplicationScoped
public class GrpcCalls {
    private final ExecutorService virtualThreads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("grpc-call-", 1).factory());

    @PreDestroy
    void stop() {
        virtualThreads.shutdown();
    }

    /** Sends the result of the work, or its failure mapped by {@link StatusMapper}. */
    public <T> void answer(StreamObserver<T> response, Callable<T> work) {
        run(response, () -> {
            T result = work.call();
            response.onNext(result);
            response.onCompleted();
        });
    }

    /** Runs work that sends messages and completes the call by itself; a failure that it throws ends the call. */
    public <T> void run(StreamObserver<T> response, Work work) {
        if (response instanceof ServerCallStreamObserver<T> call) {
            // Without a handler, sending to a caller that has gone would throw and be logged as a failure of ours.
            call.setOnCancelHandler(() -> {});
        }
        Runnable inCallContext = Context.current().wrap(() -> {
            try {
                work.run();
            } catch (Exception failure) {
                response.onError(StatusMapper.toStatus(failure));
            }
        });
        virtualThreads.execute(io.opentelemetry.context.Context.current().wrap(inCallContext));
    }

    /** Work of a call. */
    @FunctionalInterface
    public interface Work {
        void run() throws Exception;
    }
}
