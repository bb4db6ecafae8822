package io.modelmill.inference.protocol;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.modelmill.servicekit.error.StatusMapper;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** Gives the one answer of a call, or what its failure means to the caller. */
final class UnaryAnswer {
    private UnaryAnswer() {}

    /** Answers what the work answers on this thread. */
    static <A> void now(StreamObserver<A> response, Supplier<A> work) {
        A message;
        try {
            message = work.get();
        } catch (RuntimeException failure) {
            response.onError(StatusMapper.toStatus(failure));
            return;
        }
        response.onNext(message);
        response.onCompleted();
    }

    /** Answers when the work is done, on whichever thread that is. */
    static <A> void later(StreamObserver<A> response, Supplier<CompletableFuture<A>> work) {
        if (response instanceof ServerCallStreamObserver<A> call) {
            // Without a handler, answering a caller that has gone would throw and be logged as a failure of ours.
            call.setOnCancelHandler(() -> {});
        }
        CompletableFuture<A> begun;
        try {
            begun = work.get();
        } catch (RuntimeException failure) {
            response.onError(StatusMapper.toStatus(failure));
            return;
        }
        var _ = begun.whenComplete((message, failure) -> {
            if (failure != null) {
                response.onError(StatusMapper.toStatus(
                        failure instanceof CompletionException && failure.getCause() != null
                                ? failure.getCause()
                                : failure));
            } else {
                response.onNext(message);
                response.onCompleted();
            }
        });
    }
}
