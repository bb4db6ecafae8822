package io.modelmill.worker.evaluate;

import io.modelmill.worker.network.TensorValues;
import io.modelmill.worker.objective.Objective;
import io.modelmill.worker.rows.Answers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** Measures of a classifier. A class that no row has and nothing is taken for counts in no mean over classes. */
final class ClassMeasures implements Measures {
    /** The confusion matrix has the square of the classes' number of cells, and a curve 64 KiB a class. */
    private static final int MOST_SHOWN = 256;

    private static final int TOP = 5;

    private final Objective objective;
    private final Answers.Classes classes;
    private final int width;
    private final boolean shown;
    private final long[] confusion;
    private final RankCurve[] curves;
    private final long[] actual;
    private final long[] predicted;
    private final long[] right;
    private long rows;
    private long inTop;
    private double logLoss;
    private double baselineLogLoss;

    ClassMeasures(Objective objective, Answers.Classes classes, boolean full) {
        this.objective = objective;
        this.classes = classes;
        this.width = classes.labels().size();
        this.shown = full && width <= MOST_SHOWN;
        this.confusion = new long[shown ? width * width : 0];
        this.curves = new RankCurve[shown ? (width == 2 ? 1 : width) : 0];
        Arrays.setAll(curves, index -> new RankCurve());
        this.actual = new long[width];
        this.predicted = new long[width];
        this.right = new long[width];
    }

    @Override
    public void add(Tensor output, Tensor target) {
        float[] logits = TensorValues.floats(objective.classLogits(output));
        long[] indices = TensorValues.longs(target);
        double trained = classes.counts().stream().mapToLong(Long::longValue).sum();
        for (int row = 0; row < indices.length; row++) {
            int index = (int) indices[row];
            addRow(logits, row * width, index);
            // A class that never trained has the surprise of half a row.
            baselineLogLoss -= Math.log(Math.max(0.5, classes.counts().get(index)) / trained);
        }
    }

    private void addRow(float[] logits, int offset, int expected) {
        int best = 0;
        for (int label = 1; label < width; label++) {
            if (logits[offset + label] > logits[offset + best]) {
                best = label;
            }
        }
        double largest = logits[offset + best];
        double sum = 0;
        int above = 0;
        for (int label = 0; label < width; label++) {
            sum += Math.exp(logits[offset + label] - largest);
            above += logits[offset + label] > logits[offset + expected] ? 1 : 0;
        }
        logLoss += Math.log(sum) + largest - logits[offset + expected];
        inTop += above < TOP ? 1 : 0;
        actual[expected]++;
        predicted[best]++;
        right[expected] += best == expected ? 1 : 0;
        rows++;
        if (shown) {
            confusion[expected * width + best]++;
            for (int curve = 0; curve < curves.length; curve++) {
                int label = width == 2 ? 1 : curve;
                double own = logits[offset + label] - largest;
                // The likeliest class must not be taken from a sum that it is nearly all of.
                double odds = label == best ? bestLogOdds(logits, offset, best) : own - Math.log(sum - Math.exp(own));
                // Where all classes are as likely is where places lie closest.
                curves[curve].add(odds + Math.log(width - 1.0), label == expected);
            }
        }
    }

    /** The logarithm of the likeliest class's probability divided by that of all others. */
    private double bestLogOdds(float[] logits, int offset, int best) {
        double second = Double.NEGATIVE_INFINITY;
        for (int label = 0; label < width; label++) {
            second = label == best ? second : Math.max(second, logits[offset + label]);
        }
        double others = 0;
        for (int label = 0; label < width; label++) {
            others += label == best ? 0 : Math.exp(logits[offset + label] - second);
        }
        return logits[offset + best] - second - Math.log(others);
    }

    @Override
    public Map<String, Double> brief() {
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("accuracy", accuracy());
        metrics.put("f1_macro", mean(label -> f1(label)));
        return metrics;
    }

    @Override
    public Map<String, Double> full() {
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("accuracy", accuracy());
        metrics.put("log_loss", logLoss / rows);
        if (width > TOP) {
            metrics.put("top_5_accuracy", (double) inTop / rows);
        }
        metrics.put("precision_macro", mean(this::precision));
        metrics.put("recall_macro", mean(this::recall));
        metrics.put("f1_macro", mean(this::f1));
        // Each row has one class and gets one: all that is wrongly taken for one class is missing in another.
        metrics.put("precision_micro", accuracy());
        metrics.put("recall_micro", accuracy());
        metrics.put("f1_micro", accuracy());
        double area = Arrays.stream(curves)
                .mapToDouble(RankCurve::area)
                .filter(value -> !Double.isNaN(value))
                .average()
                .orElse(Double.NaN);
        if (!Double.isNaN(area)) {
            metrics.put("roc_auc", area);
        }
        return metrics;
    }

    @Override
    public Map<String, Double> baseline() {
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("accuracy", (double) actual[commonest()] / rows);
        metrics.put("log_loss", baselineLogLoss / rows);
        return metrics;
    }

    @Override
    public String baselineAnswer() {
        return "the commonest class of the training rows, `%s`, and their shares as probabilities"
                .formatted(classes.labels().get(commonest()));
    }

    private int commonest() {
        int commonest = 0;
        for (int label = 1; label < width; label++) {
            commonest = classes.counts().get(label) > classes.counts().get(commonest) ? label : commonest;
        }
        return commonest;
    }

    @Override
    public Map<String, Object> details() {
        List<Map<String, Object>> each = new ArrayList<>();
        for (int label = 0; label < width; label++) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("label", classes.labels().get(label));
            one.put("rows", actual[label]);
            one.put("precision", precision(label));
            one.put("recall", recall(label));
            one.put("f1", f1(label));
            if (curves.length == width) {
                one.put("roc_auc", curves[label].area());
            }
            each.add(one);
        }
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("classes", each);
        if (shown) {
            List<List<Long>> matrix = new ArrayList<>();
            for (int label = 0; label < width; label++) {
                matrix.add(Arrays.stream(confusion, label * width, (label + 1) * width)
                        .boxed()
                        .toList());
            }
            details.put("confusion_matrix", matrix);
            details.put("confusion_matrix_axes", "a row for each true class, a column for each predicted class");
        }
        return details;
    }

    private double accuracy() {
        return (double) Arrays.stream(right).sum() / rows;
    }

    private double precision(int label) {
        return ratio(right[label], predicted[label]);
    }

    private double recall(int label) {
        return ratio(right[label], actual[label]);
    }

    private double f1(int label) {
        return ratio(2 * right[label], predicted[label] + actual[label]);
    }

    private static double ratio(long part, long whole) {
        return whole == 0 ? 0 : (double) part / whole;
    }

    private double mean(java.util.function.IntToDoubleFunction measure) {
        double sum = 0;
        int counted = 0;
        for (int label = 0; label < width; label++) {
            if (actual[label] + predicted[label] > 0) {
                sum += measure.applyAsDouble(label);
                counted++;
            }
        }
        return sum / counted;
    }
}
