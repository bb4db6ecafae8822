package io.modelmill.inference.session;

import java.util.List;

/** Outputs in a block of a run thread's memory, which goes back when this is closed. */
final class OrtRunResult implements RunResult {
    private final List<OutputTensor> outputs;
    private final long gatherNanos;
    private final long computeNanos;
    private final RunMemory memory;
    private final RunMemory.Block block;
    private boolean closed;

    OrtRunResult(
            List<OutputTensor> outputs, long gatherNanos, long computeNanos, RunMemory memory, RunMemory.Block block) {
        this.outputs = outputs;
        this.gatherNanos = gatherNanos;
        this.computeNanos = computeNanos;
        this.memory = memory;
        this.block = block;
    }

    @Override
    public List<OutputTensor> outputs() {
        return outputs;
    }

    @Override
    public long gatherNanos() {
        return gatherNanos;
    }

    @Override
    public long computeNanos() {
        return computeNanos;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            memory.giveBack(block);
        }
    }
}
