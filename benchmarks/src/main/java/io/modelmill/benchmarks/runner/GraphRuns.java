package io.modelmill.benchmarks.runner;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.TensorInfo;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.HdrHistogram.Histogram;

/**
 * Runs a graph as fast as ONNX Runtime does it from Java: one intra-op thread, inputs in direct memory, outputs into
 * memory given once where ONNX Runtime takes it, nothing copied between runs.
 */
final class GraphRuns {
    private static final int DIGITS = 3;
    private static final double NANOSECONDS = 1e9;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();

    RunOutcome run(RunOrder order) throws OrtException, IOException {
        Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
        Map<String, OnnxTensor> outputs = new LinkedHashMap<>();
        try (SessionOptions options = new SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            try (OrtSession session = environment.createSession(order.graph(), options)) {
                for (RunOrder.Fed input : order.inputs()) {
                    inputs.put(input.name(), feed(input, order.rows()));
                }
                allocateOutputs(session, inputs, outputs);
                return measure(session, inputs, outputs, order);
            }
        } finally {
            inputs.values().forEach(OnnxTensor::close);
            outputs.values().forEach(OnnxTensor::close);
        }
    }

    private OnnxTensor feed(RunOrder.Fed input, int rows) throws IOException, OrtException {
        byte[] row = Files.readAllBytes(Path.of(input.raw()));
        ByteBuffer buffer = ByteBuffer.allocateDirect(row.length * rows).order(ByteOrder.nativeOrder());
        for (int i = 0; i < rows; i++) {
            buffer.put(row);
        }
        long[] shape = input.shape().stream().mapToLong(Long::longValue).toArray();
        shape[0] = rows;
        OnnxJavaType type = switch (input.datatype()) {
            case "FP32" -> OnnxJavaType.FLOAT;
            case "INT64" -> OnnxJavaType.INT64;
            default ->
                throw new IllegalArgumentException(
                        input.name() + ": " + input.datatype() + " (expected: FP32 or INT64)");
        };
        return OnnxTensor.createTensor(environment, buffer.flip(), shape, type);
    }

    /** The shapes are known from a first run: its inputs are those of all others. */
    private void allocateOutputs(OrtSession session, Map<String, OnnxTensor> inputs, Map<String, OnnxTensor> outputs)
            throws OrtException {
        try (OrtSession.Result first = session.run(inputs)) {
            for (Map.Entry<String, OnnxValue> output : first) {
                if (output.getValue().getInfo() instanceof TensorInfo tensor && tensor.type == OnnxJavaType.FLOAT) {
                    ByteBuffer memory = ByteBuffer.allocateDirect(
                                    Math.toIntExact(tensor.getNumElements()) * Float.BYTES)
                            .order(ByteOrder.nativeOrder());
                    outputs.put(
                            output.getKey(),
                            OnnxTensor.createTensor(environment, memory, tensor.getShape(), tensor.type));
                }
            }
        }
    }

    private static RunOutcome measure(
            OrtSession session, Map<String, OnnxTensor> inputs, Map<String, OnnxTensor> outputs, RunOrder order)
            throws OrtException {
        boolean pinned = outputs.keySet().equals(session.getOutputNames());
        Histogram times = new Histogram(DIGITS);
        times.setAutoResize(true);
        long from = System.nanoTime() + (long) (order.warmUpSeconds() * NANOSECONDS);
        long to = from + (long) (order.seconds() * NANOSECONDS);
        long processorBefore = 0;
        long begin = System.nanoTime();
        do {
            if (times.getTotalCount() == 0) {
                processorBefore = THREADS.getCurrentThreadCpuTime();
            }
            try (OrtSession.Result result = pinned ? session.run(inputs, Set.of(), outputs) : session.run(inputs)) {
                if (result.size() == 0) {
                    throw new IllegalStateException("a run answered nothing");
                }
            }
            long end = System.nanoTime();
            if (begin - from >= 0) {
                times.recordValue(end - begin);
            }
            begin = end;
        } while (begin - to < 0);
        long processor = THREADS.getCurrentThreadCpuTime() - processorBefore;
        return new RunOutcome(
                times.getTotalCount() / (Math.max(begin - from, 1) / NANOSECONDS),
                times.getValueAtPercentile(50),
                times.getValueAtPercentile(99),
                (double) processor / Math.max(times.getTotalCount(), 1),
                pinned);
    }
}
