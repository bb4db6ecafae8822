package io.modelmill.worker.quantize;

import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.failure.PlatformFailedException;
import io.modelmill.worker.network.TensorValues;
import io.modelmill.worker.onnx.OnnxInput;
import io.modelmill.worker.onnx.OnnxModel;
import io.modelmill.worker.onnx.OnnxOutput;
import io.modelmill.worker.rows.RowSet;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.PointerScope;

/** Parent and child on the same rows, in batches of the same rows. */
final class Comparison {
    /** Rows that share a scale, as some that wait together do when the version is served. */
    static final int BATCH = 32;

    private final OnnxModel parent;
    private final OnnxModel child;
    private final RowSet rows;
    private final Truth truth;
    private long count;
    private double cosines;
    private final Score parentScore = new Score();
    private final Score childScore = new Score();

    Comparison(OnnxModel parent, OnnxModel child, RowSet rows, Truth truth) {
        this.parent = parent;
        this.child = child;
        this.rows = rows;
        this.truth = truth;
    }

    /**
     * Runs both on all rows.
     *
     * @param checkStop throws when the job is to stop; asked before each batch
     * @throws JobFailedException when the parent does not take the rows, or does not answer what is measured
     */
    @SuppressWarnings("try") // The scope frees what is made while it is open.
    void run(Runnable checkStop) {
        requireInputs();
        for (long first = 0; first < rows.count(); first += BATCH) {
            checkStop.run();
            long[] batch = LongStream.range(first, Math.min(first + BATCH, rows.count()))
                    .toArray();
            List<OnnxInput> inputs = inputs(batch);
            OnnxOutput expected = measured(askParent(inputs), batch.length);
            OnnxOutput answered = child.run(inputs).stream()
                    .filter(output -> output.name().equals(expected.name()))
                    .findFirst()
                    .orElseThrow(
                            () -> new PlatformFailedException("the quantised graph answers no " + expected.name()));
            addCosines(expected.values(), answered.values(), batch.length);
            try (PointerScope scope = new PointerScope()) {
                switch (truth) {
                    case Truth.Classes classes -> {
                        long[] targets = TensorValues.longs(rows.read(batch).target());
                        parentScore.addClasses(expected.values(), targets, classes);
                        childScore.addClasses(answered.values(), targets, classes);
                    }
                    case Truth.Numbers numbers -> {
                        float[] targets = TensorValues.floats(rows.read(batch).target());
                        parentScore.addNumbers(expected.values(), targets);
                        childScore.addNumbers(answered.values(), targets);
                    }
                    case Truth.None none -> {}
                }
            }
            count += batch.length;
        }
    }

    /** Inputs of some rows. */
    List<OnnxInput> inputs(long[] batch) {
        return rows.feeds(batch).stream()
                .map(feed -> new OnnxInput(feed.input(), feed.values(), feed.shape()))
                .toList();
    }

    /** Mean cosine similarity of the rows' answers. */
    double cosine() {
        return cosines / count;
    }

    /**
     * Measures of child and parent, by their name without {@code parent_}.
     *
     * @param prefix {@code test_} or {@code train_}
     */
    Map<String, Double> metrics(String prefix) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        String measure = switch (truth) {
            case Truth.Classes classes -> "accuracy";
            case Truth.Numbers numbers -> "r2";
            case Truth.None none -> "";
        };
        if (!measure.isEmpty()) {
            metrics.put(prefix + measure, childScore.value(truth, count));
            metrics.put("parent_" + prefix + measure, parentScore.value(truth, count));
        }
        metrics.put(prefix + "cosine_similarity", cosine());
        return metrics;
    }

    /** What the child lost: of accuracy or R², where rows have labels, else of the cosine similarity from 1. */
    double loss() {
        return truth instanceof Truth.None
                ? 1 - cosine()
                : parentScore.value(truth, count) - childScore.value(truth, count);
    }

    private void requireInputs() {
        Set<String> fed = new TreeSet<>();
        rows.feeds(new long[] {0}).forEach(feed -> fed.add(feed.input()));
        Set<String> taken = new TreeSet<>(parent.inputs());
        if (!fed.equals(taken)) {
            throw new JobFailedException(
                    "data: rows of the inputs %s (expected: %s, which the parent takes)".formatted(fed, taken));
        }
    }

    private List<OnnxOutput> askParent(List<OnnxInput> inputs) {
        try {
            return parent.run(inputs);
        } catch (PlatformFailedException e) {
            // It was validated, so that the rows must be what it does not take.
            throw new JobFailedException("data: the parent does not take the rows: " + e.getMessage());
        }
    }

    /** The first output that has what is measured for each row. */
    private OnnxOutput measured(List<OnnxOutput> outputs, int batch) {
        return outputs.stream()
                .filter(output -> output.shape().length > 0 && output.shape()[0] == batch)
                .filter(output -> fits(output.values().length / batch))
                .findFirst()
                .orElseThrow(() -> new JobFailedException("the parent answers %s for %d rows (expected: %s)"
                        .formatted(
                                outputs.stream()
                                        .map(output -> output.name() + " " + Arrays.toString(output.shape()))
                                        .toList(),
                                batch,
                                expected())));
    }

    private boolean fits(int width) {
        return switch (truth) {
            case Truth.Classes classes -> width == classes.count() || (width == 1 && classes.count() == 2);
            case Truth.Numbers numbers -> width == 1;
            case Truth.None none -> width > 0;
        };
    }

    private String expected() {
        return switch (truth) {
            case Truth.Classes classes -> "FP32 of %d classes for each".formatted(classes.count());
            case Truth.Numbers numbers -> "FP32 of one number for each";
            case Truth.None none -> "FP32 for each";
        };
    }

    private void addCosines(float[] expected, float[] answered, int batch) {
        int width = expected.length / batch;
        for (int row = 0; row < batch; row++) {
            cosines += Cosine.of(
                    Arrays.copyOfRange(expected, row * width, (row + 1) * width),
                    Arrays.copyOfRange(answered, row * width, (row + 1) * width));
        }
    }
}
