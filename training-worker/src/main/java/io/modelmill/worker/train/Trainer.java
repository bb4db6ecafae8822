package io.modelmill.worker.train;

import io.modelmill.worker.data.Rows;
import io.modelmill.worker.data.Targets;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.network.SequentialNetwork;
import io.modelmill.worker.network.TensorValues;
import io.modelmill.worker.plan.TrainingPlan;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Optimizer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Trains a network in shuffled mini-batches. */
public final class Trainer {
    private final TrainingPlan plan;
    private final Objective objective;
    private final TrainingListener listener;

    public Trainer(TrainingPlan plan, Objective objective, TrainingListener listener) {
        this.plan = plan;
        this.objective = objective;
        this.listener = listener;
    }

    /**
     * Trains on some rows until all epochs are done.
     *
     * @throws TrainingStoppedException when the listener asks to stop
     * @throws JobFailedException when the loss is no longer a finite number
     */
    @SuppressWarnings("try") // The scope frees what is made while it is open.
    public void train(SequentialNetwork network, Rows rows, Targets targets, int[] training) {
        try (PointerScope scope = new PointerScope()) {
            Tensor features = TensorValues.of(rows.select(training), training.length, rows.width());
            Tensor target = Objective.tensor(targets, training);
            var parameters = new TensorVector(network.parameters().toArray(Tensor[]::new));
            Optimizer optimizer = OptimizerType.require(plan.optimizer().type()).create(parameters, plan.optimizer());
            for (int epoch = 1; epoch <= plan.epochs(); epoch++) {
                listener.epochFinished(epoch, trainEpoch(epoch, network, optimizer, features, target));
            }
        }
    }

    @SuppressWarnings("try") // The scope frees what is made while it is open.
    private Map<String, Double> trainEpoch(
            int epoch, SequentialNetwork network, Optimizer optimizer, Tensor features, Tensor target) {
        try (PointerScope scope = new PointerScope()) {
            long count = features.size(0);
            Tensor order = torch.randperm(count);
            double lossSum = 0;
            double measureSum = 0;
            for (long start = 0; start < count; start += plan.batchSize()) {
                listener.checkStop();
                try (PointerScope step = new PointerScope()) {
                    long size = Math.min(plan.batchSize(), count - start);
                    Tensor batch = order.narrow(0, start, size);
                    Tensor batchTarget = target.index_select(0, batch);
                    optimizer.zero_grad();
                    Tensor output = network.forward(features.index_select(0, batch), true);
                    Tensor loss = objective.loss(output, batchTarget);
                    lossSum += checked(loss.item_double(), epoch) * size;
                    measureSum += objective.measureSum(output, batchTarget);
                    loss.backward();
                    optimizer.step();
                }
            }
            Map<String, Double> metrics = new LinkedHashMap<>();
            metrics.put("loss", lossSum / count);
            metrics.put(objective.measureName(), measureSum / count);
            return metrics;
        }
    }

    private double checked(double loss, int epoch) {
        if (!Double.isFinite(loss)) {
            throw new JobFailedException(
                    ("the loss became %s in epoch %d of %d: training diverged; try a lower learning_rate (now %s)"
                                    + " or normalization min_max or z_score (now %s)")
                            .formatted(
                                    loss,
                                    epoch,
                                    plan.epochs(),
                                    plan.optimizer().learningRate(),
                                    plan.data().normalization()));
        }
        return loss;
    }
}
