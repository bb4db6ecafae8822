package io.modelmill.inference.placement;

import io.modelmill.inference.batching.Batcher;
import io.modelmill.inference.batching.InferenceListener;
import io.modelmill.inference.batching.InferenceRequest;
import io.modelmill.inference.batching.Ticket;
import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedVersion;
import io.modelmill.inference.model.Signature;
import io.modelmill.inference.pipeline.TextPipeline;
import io.modelmill.inference.session.InputTensor;
import io.modelmill.inference.session.ModelSession;
import io.modelmill.inference.statistics.VersionStatistics;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** The right to run a version: its session stays open until the lease is closed. Closing it twice changes nothing. */
public final class SessionLease implements AutoCloseable {
    private final LoadedVersion loaded;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** @param loaded whose residence was acquired for this lease */
    SessionLease(LoadedVersion loaded) {
        this.loaded = loaded;
    }

    public ModelKey model() {
        return loaded.model();
    }

    public ServedVersion version() {
        return loaded.version();
    }

    public ModelSession session() {
        return loaded.session();
    }

    /** Runs requests to the graph itself, which must be answered before this lease is closed. */
    public Batcher batcher() {
        return loaded.batcher();
    }

    /** What is around the graph, if anything is. */
    public Optional<TextPipeline> pipeline() {
        return loaded.pipeline();
    }

    /** Inputs and outputs as callers are told of them: the pipeline's, else the graph's. */
    public Signature signature() {
        return pipeline().map(TextPipeline::signature).orElseGet(() -> version().signature());
    }

    /**
     * Runs a request to the pipeline or to the graph itself, whichever its inputs name. It must be answered before this
     * lease is closed.
     */
    public Ticket submit(InferenceRequest request, InferenceListener listener) {
        TextPipeline pipeline = pipeline().orElse(null);
        return pipeline != null
                        && pipeline.takes(
                                request.inputs().stream().map(InputTensor::name).toList())
                ? pipeline.submit(request, listener, batcher()::submit)
                : batcher().submit(request, listener);
    }

    /** Where this lease's requests are noted. */
    public VersionStatistics statistics() {
        return loaded.statistics();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            loaded.residence().release();
        }
    }
}
