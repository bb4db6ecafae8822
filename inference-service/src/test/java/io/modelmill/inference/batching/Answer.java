package io.modelmill.inference.batching;

import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.session.OutputTensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a listener was told; values are copied, for they go with the call. */
final class Answer implements InferenceListener {
    private int told;
    private List<Float> values = List.of();
    private List<Long> shape = List.of();
    private @Nullable RunTimes times;
    private @Nullable Throwable failure;

    @Override
    public synchronized void answered(List<OutputTensor> outputs, RunTimes ran) {
        OutputTensor.Elements output = (OutputTensor.Elements) outputs.getFirst();
        ByteBuffer elements = output.elements();
        List<Float> read = new ArrayList<>();
        for (int at = elements.position(); at < elements.limit(); at += Float.BYTES) {
            read.add(elements.getFloat(at));
        }
        values = read;
        shape = output.shape();
        times = ran;
        told++;
    }

    @Override
    public synchronized void failed(Throwable why) {
        failure = why;
        told++;
    }

    synchronized boolean isTold() {
        return told > 0;
    }

    /** How often it was told something. */
    synchronized int told() {
        return told;
    }

    Answer await() {
        Eventually.until("the request is answered", this::isTold);
        return this;
    }

    synchronized List<Float> values() {
        if (failure != null) {
            throw new AssertionError("failed", failure);
        }
        return values;
    }

    synchronized List<Long> shape() {
        return shape;
    }

    synchronized RunTimes times() {
        return Objects.requireNonNull(times);
    }

    synchronized Throwable failure() {
        return Objects.requireNonNull(failure, "not failed");
    }

    synchronized boolean hasFailed() {
        return failure != null;
    }
}
