package io.modelmill.registry.rollout;

import io.modelmill.registry.serving.ModelKey;
import java.util.concurrent.CompletableFuture;

/** One call that waits for a rollout. Not a record, for two equal ones are two calls. */
final class RolloutWait {
    private final ModelKey model;
    private final long revision;
    private final long endNanos;
    private final CompletableFuture<Rollout> answer = new CompletableFuture<>();

    /** @param endNanos when it gives up, as {@link System#nanoTime} has it */
    RolloutWait(ModelKey model, long revision, long endNanos) {
        this.model = model;
        this.revision = revision;
        this.endNanos = endNanos;
    }

    ModelKey model() {
        return model;
    }

    long revision() {
        return revision;
    }

    /** Nanoseconds until it gives up; none or fewer if it is over. */
    long left() {
        return endNanos - System.nanoTime();
    }

    CompletableFuture<Rollout> answer() {
        return answer;
    }
}
