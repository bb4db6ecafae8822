package io.modelmill.benchmarks.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * A loop as one writes it with libtorch alone: all rows in memory as 32-bit floats, shuffled by libtorch, and nothing between
 * two steps but the loss, which is read.
 */
final class BareLoop {
    private static final long SEED = 1;
    private static final double DEVIATION = 0.05;
    private static final int BATCH = TrainedNetwork.BATCH;

    private final TrainedNetwork network;

    BareLoop(TrainedNetwork network) {
        this.network = network;
    }

    /** Trains so many epochs and answers the seconds of each. */
    @SuppressWarnings("try") // The scope frees what is made while it is open.
    List<Double> train(int rows, int epochs) {
        torch.manual_seed(SEED);
        List<Double> seconds = new ArrayList<>();
        try (PointerScope scope = new PointerScope()) {
            Tensor features = features(rows);
            Tensor labels = labels(rows);
            Forward forward = network == TrainedNetwork.MLP ? new Mlp() : new Cnn();
            TensorVector parameters = forward.parameters();
            Adam adam = new Adam(parameters, new AdamOptions(TrainedNetwork.LEARNING_RATE));
            for (int epoch = 0; epoch < epochs; epoch++) {
                long begin = System.nanoTime();
                epoch(forward, adam, features, labels);
                seconds.add((System.nanoTime() - begin) / 1e9);
            }
        }
        return seconds;
    }

    @SuppressWarnings("try") // The scope frees what is made while it is open.
    private static void epoch(Forward forward, Adam adam, Tensor features, Tensor labels) {
        try (PointerScope scope = new PointerScope()) {
            long count = features.size(0);
            Tensor order = torch.randperm(count);
            double sum = 0;
            for (long start = 0; start < count; start += BATCH) {
                try (PointerScope step = new PointerScope()) {
                    Tensor batch = order.narrow(0, start, Math.min(BATCH, count - start));
                    adam.zero_grad();
                    Tensor loss = torch.cross_entropy_loss(
                            forward.apply(features.index_select(0, batch)), labels.index_select(0, batch));
                    sum += loss.item_double();
                    loss.backward();
                    adam.step();
                }
            }
            if (!Double.isFinite(sum)) {
                throw new IllegalStateException("the bare loop diverged");
            }
        }
    }

    private static Tensor features(int rows) {
        Random random = new Random(SEED);
        float[] values = new float[rows * TrainedNetwork.PIXELS];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextInt(256) / 255f;
        }
        return Tensor.create(values, rows, 1, TrainedNetwork.SIDE, TrainedNetwork.SIDE);
    }

    private static Tensor labels(int rows) {
        Random random = new Random(SEED);
        long[] values = random.longs(rows, 0, TrainedNetwork.CLASSES).toArray();
        return Tensor.create(values, rows);
    }

    private interface Forward {
        Tensor apply(Tensor images);

        TensorVector parameters();
    }

    private static final class Mlp implements Forward {
        private final Tensor hidden = drawn(TrainedNetwork.HIDDEN, TrainedNetwork.PIXELS);
        private final Tensor hiddenBias = drawn(TrainedNetwork.HIDDEN);
        private final Tensor output = drawn(TrainedNetwork.CLASSES, TrainedNetwork.HIDDEN);
        private final Tensor outputBias = drawn(TrainedNetwork.CLASSES);

        @Override
        public Tensor apply(Tensor images) {
            return torch.linear(
                    torch.relu(torch.linear(images.flatten(1, -1), hidden, hiddenBias)), output, outputBias);
        }

        @Override
        public TensorVector parameters() {
            return new TensorVector(hidden, hiddenBias, output, outputBias);
        }
    }

    private static final class Cnn implements Forward {
        private static final long[] ONE = {1, 1};

        private final Tensor first = drawn(TrainedNetwork.FILTERS, 1, 3, 3);
        private final Tensor firstBias = drawn(TrainedNetwork.FILTERS);
        private final Tensor second = drawn(TrainedNetwork.FILTERS, TrainedNetwork.FILTERS, 3, 3);
        private final Tensor secondBias = drawn(TrainedNetwork.FILTERS);
        private final Tensor output =
                drawn(TrainedNetwork.CLASSES, TrainedNetwork.FILTERS * TrainedNetwork.PIXELS / 16);
        private final Tensor outputBias = drawn(TrainedNetwork.CLASSES);

        @Override
        public Tensor apply(Tensor images) {
            Tensor halved = convolved(images, first, firstBias);
            Tensor quartered = convolved(halved, second, secondBias);
            return torch.linear(quartered.flatten(1, -1), output, outputBias);
        }

        private static Tensor convolved(Tensor images, Tensor weight, Tensor bias) {
            Tensor value = torch.conv2d(images, weight, new TensorOptional(bias), ONE, ONE, ONE, 1);
            return torch.max_pool2d(torch.relu(value), 2, 2);
        }

        @Override
        public TensorVector parameters() {
            return new TensorVector(first, firstBias, second, secondBias, output, outputBias);
        }
    }

    private static Tensor drawn(long... shape) {
        Tensor weights = torch.randn(shape).mul_(new Scalar(DEVIATION));
        weights.set_requires_grad(true);
        return weights;
    }
}
