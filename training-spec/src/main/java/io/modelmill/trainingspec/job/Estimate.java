package io.modelmill.trainingspec.job;

import io.modelmill.trainingspec.job.DataSpec.Text;
import io.modelmill.trainingspec.network.PlannedLayer;
import io.modelmill.trainingspec.optimization.Optimizers;
import io.modelmill.trainingspec.setting.Choice;

/**
 * What a job needs of a worker, as near as the data set's facts allow.
 *
 * <p>Memory is {@link #PROCESS_BYTES} for the JVM and libtorch; 4 bytes for each parameter's weight, gradient, numbers of the
 * optimiser, and best value so far with early stopping; and for each row of a batch 8 bytes, a value and its gradient, of
 * each number that the input and the layers answer. Disk is the files as they are uploaded, the rows as the worker keeps
 * them, two checkpoints, and the exported graph. A teacher adds its files to the disk, and to the memory twice; to quantise
 * takes four times the parent in memory, and twice the data and the parent on disk.
 *
 * @param parameters numbers that the network learns
 */
public record Estimate(long parameters, long memoryBytes, long diskBytes) {
    /** The JVM, libtorch and ONNX Runtime with nothing in them. */
    public static final long PROCESS_BYTES = 600L << 20;

    private static final int VALUE_BYTES = Float.BYTES;

    /**
     * Reckons for a network that trains.
     *
     * @param sourceBytes size of the files of a teacher; 0 without one
     */
    public static Estimate ofTraining(TrainingSpec spec, NetworkPlan plan, DatasetFacts facts, long sourceBytes) {
        try {
            long parameters =
                    plan.layers().stream().mapToLong(PlannedLayer::parameters).reduce(0, Math::addExact);
            long state = optimizerValues(spec.optimizer());
            long copies = 2 + state + (spec.earlyStopping().isPresent() ? 1 : 0);
            Activations activations =
                    new Activations(spec.data().text().map(Text::maxLength).orElse(1));
            long row = Math.addExact(activations.size(plan.input().shape()), activations.of(plan.layers()));
            long batch = Math.multiplyExact(
                    Math.multiplyExact(Math.min(spec.batchSize(), Math.max(1, facts.rows())), row), 2L * VALUE_BYTES);
            long weights = Math.multiplyExact(parameters, VALUE_BYTES);
            long memory = sum(PROCESS_BYTES, Math.multiplyExact(weights, copies), batch, 2 * sourceBytes);
            long checkpoints = Math.multiplyExact(weights, 2 * (1 + state));
            return new Estimate(parameters, memory, sum(rows(plan.input(), facts), checkpoints, weights, sourceBytes));
        } catch (ArithmeticException e) {
            return new Estimate(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE);
        }
    }

    /** Reckons for a job that trains nothing: the parent is read, rewritten and run beside the new version. */
    public static Estimate ofQuantization(DatasetFacts facts, long parentBytes) {
        return new Estimate(0, sum(PROCESS_BYTES, 4 * parentBytes), sum(2 * facts.sizeBytes(), 2 * parentBytes));
    }

    private static long rows(RowInput input, DatasetFacts facts) {
        return Math.addExact(facts.sizeBytes(), Math.multiplyExact(input.storedBytes(), facts.rows()));
    }

    /** Numbers that an optimiser keeps of each parameter. */
    private static long optimizerValues(Choice optimizer) {
        Object momentum = optimizer.settings().getOrDefault(Optimizers.MOMENTUM.name(), 0.0);
        long velocity = momentum.equals(0.0) ? 0 : 1;
        return switch (optimizer.type()) {
            case "sgd" -> velocity;
            case "adagrad" -> 1;
            case "rmsprop" -> 1 + velocity;
            default -> 2;
        };
    }

    private static long sum(long... values) {
        long sum = 0;
        for (long value : values) {
            sum = Math.addExact(sum, value);
        }
        return sum;
    }
}
