package io.modelmill.worker.input;

import io.modelmill.worker.onnx.OnnxGraph;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Numbers of a table, a column each: those that are missing are replaced, those that are far off cut, all scaled.
 *
 * @param replacement of NaN by column, if it is replaced
 * @param bounds by column, if numbers are cut
 */
public record Numbers(Optional<float[]> replacement, Optional<Bounds> bounds, Scaling scaling) {
    /** Nothing is done to these columns. */
    public static Numbers asTheyStand(int columns) {
        return new Numbers(Optional.empty(), Optional.empty(), Scaling.none(columns));
    }

    /** The same but for the scaling. */
    public Numbers with(Scaling other) {
        return new Numbers(replacement, bounds, other);
    }

    /** Columns. */
    public int width() {
        return scaling.shift().length;
    }

    /** Does to a row what stands before the scaling. */
    public void clean(float[] row) {
        replacement.ifPresent(replacements -> {
            for (int column = 0; column < row.length; column++) {
                row[column] = Float.isNaN(row[column]) ? replacements[column] : row[column];
            }
        });
        bounds.ifPresent(cut -> {
            for (int column = 0; column < row.length; column++) {
                row[column] = Math.min(Math.max(row[column], cut.lower[column]), cut.upper[column]);
            }
        });
    }

    /**
     * Where numbers are cut.
     *
     * @param lower by column
     * @param upper by column
     */
    @SuppressWarnings("ArrayRecordComponent") // Bulk data: never compared, never changed after construction.
    public record Bounds(float[] lower, float[] upper) {
        /** Whether all of a row's numbers lie within; NaN does. */
        public boolean hold(float[] row) {
            for (int column = 0; column < row.length; column++) {
                if (row[column] < lower[column] || row[column] > upper[column]) {
                    return false;
                }
            }
            return true;
        }
    }

    /** The numbers as a stage's part, its constants in the caller's scope. */
    Part part() {
        return new Part(this);
    }

    /** Torch and ONNX. */
    static final class Part {
        private final Numbers numbers;
        private final List<Tensor> replacement;
        private final List<Tensor> bounds;
        private final List<Tensor> scaling;

        private Part(Numbers numbers) {
            this.numbers = numbers;
            this.replacement = numbers.replacement.map(Part::row).stream().toList();
            this.bounds = numbers.bounds
                    .map(cut -> List.of(row(cut.lower), row(cut.upper)))
                    .orElse(List.of());
            this.scaling = numbers.scaling.isIdentity()
                    ? List.of()
                    : List.of(row(numbers.scaling.shift()), row(numbers.scaling.scale()));
        }

        private static Tensor row(float[] values) {
            return Tensor.create(values, values.length);
        }

        Tensor forward(Tensor features) {
            Tensor value = features;
            if (!replacement.isEmpty()) {
                value = torch.where(value.isnan(), replacement.getFirst(), value);
            }
            if (!bounds.isEmpty()) {
                value = torch.minimum(torch.maximum(value, bounds.getFirst()), bounds.getLast());
            }
            return scaling.isEmpty() ? value : value.sub(scaling.getFirst()).mul(scaling.getLast());
        }

        String export(OnnxGraph graph, String features) {
            String value = features;
            if (numbers.replacement.isPresent()) {
                String constant = row(graph, "replacement", numbers.replacement.get());
                value = graph.node("Where", graph.node("IsNaN", value), constant, value);
            }
            if (numbers.bounds.isPresent()) {
                Bounds cut = numbers.bounds.get();
                value = graph.node("Max", value, row(graph, "lower", cut.lower));
                value = graph.node("Min", value, row(graph, "upper", cut.upper));
            }
            return scaled(graph, value, numbers.scaling, numbers.width());
        }

        private static String row(OnnxGraph graph, String hint, float[] values) {
            return graph.constant(hint, values, values.length);
        }
    }

    /** Writes a scaling of constants of these axes. */
    static String scaled(OnnxGraph graph, String value, Scaling scaling, long... axes) {
        if (scaling.isIdentity()) {
            return value;
        }
        String shifted = graph.node("Sub", value, graph.constant("shift", scaling.shift(), axes));
        return graph.node("Mul", shifted, graph.constant("scale", scaling.scale(), axes));
    }
}
