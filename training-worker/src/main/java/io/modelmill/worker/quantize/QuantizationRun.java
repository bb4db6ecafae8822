package io.modelmill.worker.quantize;

import io.modelmill.trainingspec.job.Task;
import io.modelmill.trainingspec.job.TrainingSpec;
import io.modelmill.worker.card.ModelCard;
import io.modelmill.worker.export.SampleAnswers;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.onnx.OnnxInput;
import io.modelmill.worker.onnx.OnnxModel;
import io.modelmill.worker.process.WorkerLog;
import io.modelmill.worker.rows.Feed;
import io.modelmill.worker.rows.RowSet;
import io.modelmill.worker.rows.TrainingData;
import io.modelmill.worker.run.TrainedModel;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.LongStream;

/** From a version to its quantised child, measured beside it. */
public final class QuantizationRun {
    /** Files of the parent that tell of the parent alone. */
    private static final Set<String> OF_PARENT_ALONE =
            Set.of(ModelCard.JSON_FILE, ModelCard.TEXT_FILE, SampleAnswers.FILE, "evaluation.json");

    private final TrainingSpec spec;
    private final Parent parent;
    private final Runnable checkStop;

    /** @param checkStop throws when the job is to stop */
    public QuantizationRun(TrainingSpec spec, Parent parent, Runnable checkStop) {
        this.spec = spec;
        this.parent = parent;
        this.checkStop = checkStop;
    }

    /** The task whose rows measure a version of these classes. */
    public static Task rowsOf(TrainingSpec spec, List<String> classLabels) {
        if (!spec.data().labelColumn().isEmpty()) {
            return classLabels.isEmpty() ? Task.REGRESSION : Task.CLASSIFICATION;
        }
        return spec.data().text().isPresent() ? Task.LANGUAGE_MODELLING : Task.AUTOENCODING;
    }

    /**
     * Quantises and measures.
     *
     * @param data prepared for {@link #rowsOf}
     * @return the child; {@link TrainedModel#rejection} where it lost more than the job tolerates
     * @throws JobFailedException when the parent or the rows are none that this can be done with
     */
    public TrainedModel execute(TrainingData data) {
        long start = System.nanoTime();
        checkStop.run();
        QuantizedModel quantized = OnnxQuantizer.quantize(parent.onnx());
        WorkerLog.write("quantised: %s", quantized.report());
        boolean heldOut = data.heldOut().count() > 0;
        RowSet rows = heldOut ? data.heldOut() : data.training();
        if (rows.count() == 0) {
            throw new JobFailedException("data: no row is left to measure (expected: at least 1)");
        }
        try (OnnxModel before = OnnxModel.load(parent.onnx());
                OnnxModel after = OnnxModel.load(quantized.onnx())) {
            var comparison = new Comparison(before, after, rows, Truth.of(data.answers(), parent.classLabels()));
            comparison.run(checkStop);
            Map<String, Double> metrics = comparison.metrics(heldOut ? "test_" : "train_");
            addCost(metrics, quantized.report(), before, after, comparison, rows);
            String measured = "%d %s".formatted(rows.count(), heldOut ? "rows that were held out" : "rows");
            Map<String, byte[]> files = files(data, quantized, samples(after, comparison, rows));
            ModelCard card = card(data, quantized, metrics, measured, Duration.ofNanos(System.nanoTime() - start));
            files.put(ModelCard.JSON_FILE, card.json());
            files.put(ModelCard.TEXT_FILE, card.text());
            return new TrainedModel(files, parent.classLabels(), metrics, rejection(comparison.loss()));
        }
    }

    private static void addCost(
            Map<String, Double> metrics,
            QuantizationReport report,
            OnnxModel before,
            OnnxModel after,
            Comparison comparison,
            RowSet rows) {
        int some = Math.toIntExact(Math.min(Comparison.BATCH, rows.count()));
        List<OnnxInput> inputs = comparison.inputs(LongStream.range(0, some).toArray());
        double[] speed = Speed.of(before, after, inputs, some);
        metrics.put("size_bytes", (double) report.bytesAfter());
        metrics.put("parent_size_bytes", (double) report.bytesBefore());
        metrics.put("rows_per_second", speed[1]);
        metrics.put("parent_rows_per_second", speed[0]);
        metrics.put("speedup", speed[1] / speed[0]);
        metrics.put("quantized_products", (double) report.products());
        metrics.put("quantized_tables", (double) report.tables());
    }

    private String rejection(double loss) {
        double tolerance = spec.quantization()
                .map(TrainingSpec.Quantization::tolerance)
                .orElseThrow(() -> new JobFailedException("quantization: not set (expected: the parent)"));
        // Also true of a loss that is no number.
        return loss <= tolerance
                ? ""
                : String.format(
                        Locale.ROOT,
                        "quantising lost %.6g against the parent (expected: at most %s, quantization.tolerance)",
                        loss,
                        tolerance);
    }

    private Map<String, byte[]> files(TrainingData data, QuantizedModel quantized, byte[] samples) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put(TrainedModel.GRAPH, quantized.onnx());
        files.put(SampleAnswers.FILE, samples);
        files.putAll(data.files());
        parent.files().forEach((path, bytes) -> {
            if (!OF_PARENT_ALONE.contains(path) && !data.files().containsKey(path)) {
                files.put(path, bytes);
            }
        });
        return files;
    }

    /** Answers of the child for rows of one batch. */
    private static byte[] samples(OnnxModel after, Comparison comparison, RowSet rows) {
        long[] some =
                LongStream.range(0, Math.min(SampleAnswers.ROWS, rows.count())).toArray();
        List<Feed> outputs = after.run(comparison.inputs(some)).stream()
                .map(output -> new Feed(output.name(), output.values(), output.shape()))
                .toList();
        return SampleAnswers.json(rows.feeds(some), outputs);
    }

    private ModelCard card(
            TrainingData data,
            QuantizedModel quantized,
            Map<String, Double> metrics,
            String measured,
            Duration elapsed) {
        Map<String, Object> network = new LinkedHashMap<>();
        network.put("parent", parent.name());
        network.put(
                "weights", "8-bit integers, a scale for each column or row; other factors are quantised as they come");
        network.put("quantized_products", quantized.report().products());
        network.put("quantized_tables", quantized.report().tables());
        network.put("left_as_they_were", quantized.report().left());
        return new ModelCard(
                spec.model(),
                spec.datasetVersion(),
                data.facts(),
                network,
                Map.of("task", spec.task()),
                measured,
                metrics,
                "what the parent answers (parent_...)",
                quantized.report().bytesAfter(),
                elapsed.toMillis() / 1e3,
                OptionalDouble.empty());
    }
}
