package io.modelmill.worker.run;

import io.modelmill.trainingspec.job.TrainingSpec;
import io.modelmill.worker.card.EnergyMeter;
import io.modelmill.worker.card.ModelCard;
import io.modelmill.worker.card.ServingFile;
import io.modelmill.worker.checkpoint.BadCheckpointException;
import io.modelmill.worker.checkpoint.CheckpointFile;
import io.modelmill.worker.checkpoint.TrainingDigest;
import io.modelmill.worker.distill.OnnxTeacher;
import io.modelmill.worker.evaluate.Evaluation;
import io.modelmill.worker.export.OnnxExport;
import io.modelmill.worker.export.SampleAnswers;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.model.Model;
import io.modelmill.worker.objective.Objective;
import io.modelmill.worker.process.WorkerLog;
import io.modelmill.worker.rows.Answers;
import io.modelmill.worker.rows.RowSet;
import io.modelmill.worker.rows.TrainingData;
import io.modelmill.worker.train.TorchRuntime;
import io.modelmill.worker.train.Trainer;
import io.modelmill.worker.train.TrainingListener;
import io.modelmill.worker.train.TrainingOutcome;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;

/** From rows to a checked model. libtorch's generator is global: one run at a time in a process. */
public final class TrainingRun {
    private static final String EVALUATION_FILE = "evaluation.json";
    private static final String TOKENIZER = "tokenizer.json";

    private final TrainingSpec spec;
    private final TrainingListener listener;
    private final Origin origin;

    public TrainingRun(TrainingSpec spec, TrainingListener listener, Origin origin) {
        this.spec = spec;
        this.listener = listener;
        this.origin = origin;
    }

    /**
     * Trains, measures, exports and checks.
     *
     * @throws JobFailedException when the job cannot work
     */
    public TrainedModel execute(TrainingData data) {
        listener.checkStop();
        if (data.training().count() == 0) {
            throw new JobFailedException("no row is left to train on (expected: at least 1)");
        }
        try {
            return execute(data, origin.checkpoint().isPresent());
        } catch (BadCheckpointException e) {
            // Whoever asked for this very state must learn that it is of no use; an attempt that lost its own can do
            // again what
            // the lost one did.
            if (!spec.resumeFrom().isEmpty()) {
                throw new JobFailedException(
                        ("resume_from: \"%s\" left no state that this job can go on from (expected: the same"
                                        + " spec and data): %s")
                                .formatted(spec.resumeFrom(), e.getMessage()));
            }
            WorkerLog.write("training begins anew: %s", e.getMessage());
            return execute(data, false);
        }
    }

    @SuppressWarnings("try") // The scope frees what is made while it is open.
    private TrainedModel execute(TrainingData data, boolean resumed) {
        EnergyMeter energy = EnergyMeter.start();
        TorchRuntime.prepare(spec.seed());
        try (PointerScope scope = new PointerScope()) {
            Objective objective = Objective.of(spec.loss(), data.answers());
            Model model = Model.of(spec.layers(), data.inputStage(), objective);
            TrainingOutcome outcome = train(data, model, resumed, energy);
            listener.checkStop();
            return finish(data, model, outcome, energy);
        }
    }

    private TrainingOutcome train(TrainingData data, Model model, boolean resumed, EnergyMeter energy) {
        Optional<OnnxTeacher> teacher = origin.teacher()
                .map(graph -> OnnxTeacher.open(
                        graph.version(), graph.onnx(), graph.classLabels(), labels(data.answers()), data.training()));
        try {
            var trainer = new Trainer(
                    spec,
                    model,
                    data.training(),
                    data.validation(),
                    teacher.map(known -> known),
                    TrainingDigest.of(spec, origin.files()),
                    new MeteredListener(listener, energy),
                    origin.checkpoints());
            if (resumed) {
                resume(trainer);
            }
            return trainer.train();
        } finally {
            teacher.ifPresent(OnnxTeacher::close);
        }
    }

    @SuppressWarnings("try") // The scope frees what is made while it is open.
    private void resume(Trainer trainer) {
        try (PointerScope scope = new PointerScope()) {
            var state = CheckpointFile.read(origin.checkpoint().orElseThrow());
            trainer.resume(state);
            WorkerLog.write("training goes on behind step %d, %d epochs done", state.step(), state.epoch());
        }
    }

    private TrainedModel finish(TrainingData data, Model model, TrainingOutcome outcome, EnergyMeter energy) {
        boolean heldOut = data.heldOut().count() > 0;
        RowSet measured = heldOut ? data.heldOut() : data.training();
        Evaluation evaluation = Evaluation.full(model, measured, spec.batchSize(), listener::checkStop);
        Map<String, Double> metrics = evaluation.metrics(heldOut ? "test_" : "train_");
        byte[] graph = model.export();
        metrics.put("export_max_abs_difference", OnnxExport.check(graph, model, measured, spec.batchSize()));
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put(TrainedModel.GRAPH, graph);
        files.putAll(data.files());
        boolean rowOfEachText = data.answers() instanceof Answers.Classes || data.answers() instanceof Answers.Number;
        if (rowOfEachText && files.containsKey(TOKENIZER)) {
            int maxTokens = spec.data().text().orElseThrow().maxLength();
            files.put(
                    ServingFile.NAME,
                    ServingFile.ofTexts(TOKENIZER, maxTokens, model.objective().outputName()));
        }
        files.put(SampleAnswers.FILE, OnnxExport.samples(model, measured));
        Map<String, Object> details = new LinkedHashMap<>(metrics);
        details.putAll(evaluation.details());
        files.put(EVALUATION_FILE, ModelCard.evaluation(details));
        var card = new ModelCard(
                spec.model(),
                spec.datasetVersion(),
                data.facts(),
                CardFacts.network(spec, model),
                CardFacts.training(spec, outcome),
                "%d %s".formatted(measured.count(), heldOut ? "rows that were held out" : "rows that it trained on"),
                metrics,
                evaluation.baselineAnswer(),
                graph.length,
                outcome.elapsed().toMillis() / 1e3,
                energy.joules());
        files.put(ModelCard.JSON_FILE, card.json());
        files.put(ModelCard.TEXT_FILE, card.text());
        return new TrainedModel(files, labels(data.answers()), metrics, "");
    }

    private static List<String> labels(Answers answers) {
        return answers instanceof Answers.Classes classes ? classes.labels() : List.of();
    }
}
