package io.modelmill.inference.batching;

import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.model.Signature;
import io.modelmill.inference.model.TensorSpec;
import io.modelmill.inference.session.GraphRunner;
import io.modelmill.inference.session.InputTensor;
import io.modelmill.inference.session.OutputTensor;
import io.modelmill.inference.session.RunResult;
import io.modelmill.inference.session.TensorContent;
import io.modelmill.inference.session.Termination;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/** {@code y = 2 x}, FP32 [-1, -1], on Java's own arithmetic; what it ran can be looked at, and a run can be held. */
class FakeGraph implements GraphRunner {
    static final String INPUT = "x";
    static final String OUTPUT = "y";

    /** A run as it came. */
    record Run(int thread, List<Long> shape, Termination termination) {
        int rows() {
            return shape.getFirst().intValue();
        }
    }

    final List<Run> runs = Collections.synchronizedList(new ArrayList<>());

    private final int concurrency;
    private final Consumer<Run> during;

    FakeGraph() {
        this(Integer.MAX_VALUE, run -> {});
    }

    /** @param during called on the run thread when the inputs are gathered; may throw */
    FakeGraph(int concurrency, Consumer<Run> during) {
        this.concurrency = concurrency;
        this.during = during;
    }

    @Override
    public Signature signature() {
        return new Signature(
                List.of(new TensorSpec(INPUT, Datatype.FP32, List.of(-1L, -1L))),
                List.of(new TensorSpec(OUTPUT, Datatype.FP32, List.of(-1L, -1L))));
    }

    @Override
    public int concurrency() {
        return concurrency;
    }

    @Override
    public RunResult run(int thread, List<InputTensor> inputs, List<String> outputs, Termination termination) {
        InputTensor input = inputs.getFirst();
        TensorContent.Elements elements = (TensorContent.Elements) input.content();
        ByteBuffer values = ByteBuffer.allocateDirect(elements.byteCount()).order(ByteOrder.LITTLE_ENDIAN);
        elements.writer().accept(values);
        if (values.hasRemaining()) {
            throw new IllegalStateException(values.remaining() + " bytes were not written");
        }
        values.flip();
        Run run = new Run(thread, input.shape(), termination);
        runs.add(run);
        during.accept(run);
        ByteBuffer doubled = ByteBuffer.allocateDirect(values.limit()).order(ByteOrder.LITTLE_ENDIAN);
        compute(values, doubled);
        return new Result(
                List.of(new OutputTensor.Elements(OUTPUT, Datatype.FP32, outputShape(input.shape()), doubled.flip())));
    }

    /** Fills the output, of as many values as the input has. */
    void compute(ByteBuffer from, ByteBuffer to) {
        while (from.hasRemaining()) {
            to.putFloat(2 * from.getFloat());
        }
    }

    /** Shape of the output for the input's. */
    List<Long> outputShape(List<Long> input) {
        return input;
    }

    private record Result(List<OutputTensor> outputs) implements RunResult {
        @Override
        public long gatherNanos() {
            return 1;
        }

        @Override
        public long computeNanos() {
            return 2;
        }

        @Override
        public void close() {
            // As pooled memory would be used again by the next run.
            for (OutputTensor output : outputs) {
                ByteBuffer values = ((OutputTensor.Elements) output).elements();
                for (int at = values.position(); at < values.limit(); at++) {
                    values.put(at, (byte) 0xFF);
                }
            }
        }
    }
}
