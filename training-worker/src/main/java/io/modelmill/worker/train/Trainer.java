package io.modelmill.worker.train;

import io.modelmill.trainingspec.job.TrainingSpec;
import io.modelmill.trainingspec.optimization.Optimizers;
import io.modelmill.worker.checkpoint.BadCheckpointException;
import io.modelmill.worker.checkpoint.Checkpoints;
import io.modelmill.worker.checkpoint.Occasion;
import io.modelmill.worker.checkpoint.TrainingState;
import io.modelmill.worker.evaluate.Evaluation;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.model.Model;
import io.modelmill.worker.optimize.FlatParameters;
import io.modelmill.worker.optimize.LearningRate;
import io.modelmill.worker.optimize.Limits;
import io.modelmill.worker.optimize.Optimizer;
import io.modelmill.worker.rows.Batch;
import io.modelmill.worker.rows.RowSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Trains a model in shuffled mini-batches. What a step does follows from the spec, the data, the number of the step and what the
 * {@link TrainingState} holds, so that training that goes on from a state ends with the same bits. It lives in the scope in which it
 * was made.
 */
public final class Trainer {
    private static final String VALUES = "values";
    private static final String OPTIMIZER = "optimizer_";
    private static final String BUFFER = "buffer_";

    private final TrainingSpec spec;
    private final Model model;
    private final RowSet training;
    private final RowSet validation;
    private final TrainingListener listener;
    private final Checkpoints checkpoints;
    private final String digest;
    private final StepLoss stepLoss;
    private final FlatParameters parameters;
    private final Optimizer optimizer;
    private final Limits limits;
    private final LearningRate rate;
    private final List<Tensor> buffers;
    private final Optional<BestEpoch> best;
    private final EpochSums sums;
    private final Pace pace;
    private final long stepsPerEpoch;
    private int epoch;
    private long step;

    /**
     * Prepares training from the start. Moves the model's parameters.
     *
     * @param training at least one row
     * @param validation rows that are measured after each epoch; may be none
     * @param teacher of the training rows, if the spec asks for one
     * @param digest of the spec and the data, which states are marked with
     */
    public Trainer(
            TrainingSpec spec,
            Model model,
            RowSet training,
            RowSet validation,
            Optional<Teacher> teacher,
            String digest,
            TrainingListener listener,
            Checkpoints checkpoints) {
        this.spec = spec;
        this.model = model;
        this.training = training;
        this.validation = validation;
        this.listener = listener;
        this.checkpoints = checkpoints;
        this.digest = digest;
        this.stepLoss = new StepLoss(spec, model, teacher);
        this.parameters = new FlatParameters(model.network().parameters());
        this.optimizer = Optimizer.of(spec.optimizer(), parameters);
        this.limits = new Limits(spec.regularization(), parameters);
        this.stepsPerEpoch = (training.count() + spec.batchSize() - 1) / spec.batchSize();
        this.rate = LearningRate.of(
                spec.schedule(),
                Optimizer.settings(spec.optimizer()).get(Optimizers.LEARNING_RATE),
                stepsPerEpoch * spec.epochs());
        this.buffers = model.network().buffers();
        this.best = spec.earlyStopping().map(early -> new BestEpoch(early, trained()));
        this.sums = new EpochSums(model);
        this.pace = new Pace(stepsPerEpoch * spec.epochs());
    }

    private List<Tensor> trained() {
        List<Tensor> trained = new ArrayList<>(List.of(parameters.values()));
        trained.addAll(buffers);
        return trained;
    }

    /**
     * Goes on from a state; to be called before training.
     *
     * @throws BadCheckpointException when it is not of this training; then nothing is left as it was
     */
    public void resume(TrainingState state) {
        if (!state.digest().equals(digest)) {
            throw new BadCheckpointException("the checkpoint is of another spec or other data: %s (expected: %s)"
                    .formatted(state.digest(), digest));
        }
        long stepsOfEpoch = state.step() - state.epoch() * stepsPerEpoch;
        if (state.epoch() < 0 || state.epoch() > spec.epochs() || stepsOfEpoch < 0 || stepsOfEpoch > stepsPerEpoch) {
            throw new BadCheckpointException("the checkpoint is at step %d of epoch %d (expected: of %d, %d steps each)"
                    .formatted(state.step(), state.epoch() + 1, spec.epochs(), stepsPerEpoch));
        }
        state.copy(VALUES, parameters.values());
        for (int i = 0; i < optimizer.state().size(); i++) {
            state.copy(OPTIMIZER + i, optimizer.state().get(i));
        }
        for (int i = 0; i < buffers.size(); i++) {
            state.copy(BUFFER + i, buffers.get(i));
        }
        rate.resume(new LearningRate.Plateau(
                state.number("plateau_best"), (long) state.number("plateau_epochs"), state.number("plateau_rate")));
        best.ifPresent(kept -> kept.readFrom(state));
        sums.readFrom(state);
        epoch = state.epoch();
        step = state.step();
        pace.begin(step);
    }

    private TrainingState state() {
        Map<String, Double> numbers = new HashMap<>();
        Map<String, Tensor> tensors = new HashMap<>();
        tensors.put(VALUES, parameters.values());
        for (int i = 0; i < optimizer.state().size(); i++) {
            tensors.put(OPTIMIZER + i, optimizer.state().get(i));
        }
        for (int i = 0; i < buffers.size(); i++) {
            tensors.put(BUFFER + i, buffers.get(i));
        }
        numbers.put("plateau_best", rate.plateau().best());
        numbers.put("plateau_epochs", (double) rate.plateau().epochs());
        numbers.put("plateau_rate", rate.plateau().rate());
        best.ifPresent(kept -> kept.writeTo(numbers, tensors));
        sums.writeTo(numbers);
        return new TrainingState(digest, epoch, step, numbers, tensors);
    }

    /**
     * Trains until all epochs are done, or it no longer gets better.
     *
     * @return what came of it
     * @throws TrainingStoppedException when the listener asks to stop; the state was offered before
     * @throws JobFailedException when the loss is no longer a finite number
     */
    public TrainingOutcome train() {
        try {
            while (epoch < spec.epochs() && !isOver()) {
                trainEpoch();
            }
        } catch (TrainingStoppedException e) {
            checkpoints.offer(Occasion.STOPPED, this::state);
            throw e;
        }
        int chosen = best.map(BestEpoch::restore).orElse(epoch);
        return new TrainingOutcome(epoch, chosen, step, pace.elapsed());
    }

    private boolean isOver() {
        return best.isPresent() && best.get().isOver(epoch);
    }

    private void trainEpoch() {
        long done = step - epoch * stepsPerEpoch;
        if (done == 0) {
            sums.begin();
        }
        pace.epochBegins();
        var order = new RowOrder(spec.seed(), epoch + 1, training.count(), training.blockSize());
        order.skip(done * spec.batchSize());
        for (; done < stepsPerEpoch; done++) {
            listener.checkStop();
            long[] rows = order.next(spec.batchSize());
            trainStep(rows);
            if (pace.stepDone(rows.length)) {
                listener.progressed(progress(sums.metrics()));
            }
            boolean asked = spec.checkpointSteps() > 0 && step % spec.checkpointSteps() == 0;
            if (asked && done + 1 < stepsPerEpoch) {
                checkpoints.offer(Occasion.STEPS, this::state);
            }
        }
        endEpoch();
    }

    @SuppressWarnings("try") // The scope frees what is made while it is open.
    private void trainStep(long[] rows) {
        try (PointerScope scope = new PointerScope()) {
            // Dropout draws the same whether or not training was interrupted.
            torch.manual_seed(Seeds.mixed(spec.seed(), -step - 1));
            Batch batch = training.read(rows);
            Tensor input = model.input(batch);
            Tensor target = model.target(batch, input);
            parameters.clearGradients();
            StepLoss.Forward forward = stepLoss.forward(rows, input, target);
            forward.loss().backward();
            double learningRate = rate.of(step + 1, epoch + 1);
            double loss = forward.loss().item_double() + limits.addPenalties();
            check(loss, learningRate);
            limits.cutGradients();
            optimizer.step(learningRate, step + 1);
            step++;
            sums.add(loss, rows.length, forward.output(), target);
        }
    }

    private void check(double loss, double learningRate) {
        if (!Double.isFinite(loss)) {
            throw new JobFailedException(
                    ("the loss became %s in epoch %d of %d, step %d, at learning rate %s: training diverged; try a lower"
                                    + " learning_rate, gradients cut by regularization.max_gradient_norm, or normalization"
                                    + " (now %s)")
                            .formatted(
                                    loss,
                                    epoch + 1,
                                    spec.epochs(),
                                    step + 1,
                                    learningRate,
                                    spec.data().normalization()));
        }
    }

    private void endEpoch() {
        Map<String, Double> metrics = sums.metrics();
        double watched = sums.meanLoss();
        double rowsPerSecond = pace.rowsPerSecond();
        if (validation.count() > 0) {
            Evaluation evaluation = Evaluation.brief(model, validation, spec.batchSize(), listener::checkStop);
            metrics.putAll(evaluation.briefMetrics("validation_"));
            watched = evaluation.loss();
        }
        double learningRate = rate.of(step, epoch + 1);
        epoch++;
        rate.epochEnded(watched);
        best.ifPresent(kept -> kept.epochEnded(epoch, metrics));
        metrics.put("learning_rate", learningRate);
        metrics.put("rows_per_second", rowsPerSecond);
        listener.epochFinished(
                new TrainingProgress(epoch, spec.epochs(), step, pace.steps(), pace.remaining(step), metrics));
        checkpoints.offer(Occasion.EPOCH, this::state);
    }

    private TrainingProgress progress(Map<String, Double> metrics) {
        metrics.put("learning_rate", rate.of(step, epoch + 1));
        metrics.put("rows_per_second", pace.rowsPerSecond());
        return new TrainingProgress(epoch, spec.epochs(), step, pace.steps(), pace.remaining(step), metrics);
    }
}
