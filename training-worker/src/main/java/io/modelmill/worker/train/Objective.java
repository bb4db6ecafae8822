package io.modelmill.worker.train;

import io.modelmill.worker.data.Rows;
import io.modelmill.worker.data.Targets;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.network.TensorValues;
import io.modelmill.worker.onnx.OnnxGraph;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The catalogue of losses, each with all that follows from it: what the label column is read as, what is measured while
 * training, and how the network's output becomes the model's answer, in torch and in ONNX side by side.
 */
public enum Objective {
    /** Classes: the network answers logits, the model probabilities. */
    CROSS_ENTROPY("cross_entropy", "accuracy", "probabilities") {
        @Override
        public Targets readTargets(Rows rows, String column) {
            return Targets.classes(rows, column);
        }

        @Override
        Tensor loss(Tensor output, Tensor target) {
            return torch.cross_entropy_loss(output, target);
        }

        @Override
        double measureSum(Tensor output, Tensor target) {
            return output.argmax(new LongOptional(1), false).eq(target).sum().item_long();
        }

        @Override
        public Tensor answer(Tensor output) {
            return torch.softmax(output, 1);
        }

        @Override
        public String exportAnswer(OnnxGraph graph, String output) {
            return graph.node("Softmax", Map.of("axis", 1L), output);
        }
    },

    /** Numbers: the model answers what the network answers. */
    MEAN_SQUARED_ERROR("mean_squared_error", "mean_absolute_error", "prediction") {
        @Override
        public Targets readTargets(Rows rows, String column) {
            return Targets.numbers(rows, column);
        }

        @Override
        Tensor loss(Tensor output, Tensor target) {
            return torch.mse_loss(output, target);
        }

        @Override
        double measureSum(Tensor output, Tensor target) {
            return output.sub(target).abs().sum().item_double();
        }

        @Override
        public Tensor answer(Tensor output) {
            return output;
        }

        @Override
        public String exportAnswer(OnnxGraph graph, String output) {
            return output;
        }
    };

    private final String planName;
    private final String measureName;
    private final String outputName;

    Objective(String planName, String measureName, String outputName) {
        this.planName = planName;
        this.measureName = measureName;
        this.outputName = outputName;
    }

    /** Finds an entry by what a job calls it. */
    public static Objective require(String name) {
        return Arrays.stream(values())
                .filter(objective -> objective.planName.equals(name))
                .findFirst()
                .orElseThrow(() -> new JobFailedException("loss.type: `%s` (expected: %s)"
                        .formatted(
                                name,
                                Arrays.stream(values()).map(Objective::planName).collect(Collectors.joining(", ")))));
    }

    /** Reads the label column as what this objective learns. */
    public abstract Targets readTargets(Rows rows, String column);

    /** The mean loss of a batch. */
    abstract Tensor loss(Tensor output, Tensor target);

    /** The sum over a batch of what {@link #measureName()} is the mean of. */
    abstract double measureSum(Tensor output, Tensor target);

    /** What the model answers where the network answers {@code output}. */
    public abstract Tensor answer(Tensor output);

    /** Writes {@link #answer} into a graph. */
    public abstract String exportAnswer(OnnxGraph graph, String output);

    /** What a job calls it. */
    public String planName() {
        return planName;
    }

    /** What is measured beside the loss while training. */
    String measureName() {
        return measureName;
    }

    /** Name of the model's output. */
    public String outputName() {
        return outputName;
    }

    /** Targets of some rows as torch's loss takes them. */
    static Tensor tensor(Targets targets, int[] rows) {
        return switch (targets) {
            case Targets.Classes classes ->
                TensorValues.of(
                        Arrays.stream(rows)
                                .mapToLong(row -> classes.indices()[row])
                                .toArray(),
                        rows.length);
            case Targets.Numbers numbers -> {
                float[] values = new float[rows.length];
                for (int i = 0; i < rows.length; i++) {
                    values[i] = numbers.values()[rows[i]];
                }
                yield TensorValues.of(values, rows.length, 1);
            }
        };
    }
}
