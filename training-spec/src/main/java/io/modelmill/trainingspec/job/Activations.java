package io.modelmill.trainingspec.job;

import io.modelmill.trainingspec.network.DenseTypes;
import io.modelmill.trainingspec.network.PlannedLayer;
import io.modelmill.trainingspec.network.SequenceTypes;
import io.modelmill.trainingspec.network.Shape;
import java.util.List;
import java.util.Set;

/** How many numbers a network keeps of a row while it trains, until the gradients are known. */
final class Activations {
    private static final Set<String> RECURRENT =
            Set.of(SequenceTypes.RNN.name(), SequenceTypes.LSTM.name(), SequenceTypes.GRU.name());

    /** Of a recurrent layer for each step and unit: gates and states. */
    private static final int RECURRENT_VALUES = 6;

    /** Of attention for each step and feature: query, key, value and what they answer. */
    private static final int ATTENTION_VALUES = 4;

    /** Steps of a sequence whose length is not fixed. */
    private final long steps;

    Activations(long steps) {
        this.steps = steps;
    }

    /** @throws ArithmeticException if they are more than can be counted */
    long of(List<PlannedLayer> layers) {
        long sum = 0;
        for (PlannedLayer layer : layers) {
            sum = Math.addExact(sum, Math.addExact(of(layer), of(layer.inside())));
        }
        return sum;
    }

    private long of(PlannedLayer layer) {
        long output = size(layer.output());
        String type = layer.type().name();
        if (RECURRENT.contains(type)) {
            long units = layer.settings().get(DenseTypes.UNITS);
            long directions = layer.settings().get(SequenceTypes.BIDIRECTIONAL) ? 2 : 1;
            return product(RECURRENT_VALUES, directions, length(layer.input()), units);
        }
        if (type.equals(SequenceTypes.SELF_ATTENTION.name())) {
            return Math.addExact(output, attention(layer));
        }
        if (type.equals(SequenceTypes.TRANSFORMER_ENCODER.name())) {
            // Two norms and sums beside, and the feed-forward part before and after its activation.
            long feedForward =
                    product(2, length(layer.input()), layer.settings().get(DenseTypes.UNITS));
            return Math.addExact(Math.addExact(product(ATTENTION_VALUES, output), attention(layer)), feedForward);
        }
        return output;
    }

    /** What each step sees of each other, and what it is made of. */
    private long attention(PlannedLayer layer) {
        long length = length(layer.input());
        return Math.addExact(
                product(layer.settings().get(SequenceTypes.HEADS), length, length),
                product(ATTENTION_VALUES, size(layer.input())));
    }

    private long length(Shape sequence) {
        return sequence.axis(0) == Shape.ANY ? steps : sequence.axis(0);
    }

    /** Values of a row. */
    long size(Shape shape) {
        return shape.axes().stream()
                .map(axis -> axis == Shape.ANY ? steps : axis)
                .reduce(1L, Math::multiplyExact);
    }

    private static long product(long... factors) {
        long product = 1;
        for (long factor : factors) {
            product = Math.multiplyExact(product, factor);
        }
        return product;
    }
}
