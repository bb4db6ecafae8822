package io.modelmill.worker.run;

import io.modelmill.worker.data.CsvFile;
import io.modelmill.worker.data.Normalization;
import io.modelmill.worker.data.Rows;
import io.modelmill.worker.data.Split;
import io.modelmill.worker.data.Targets;
import io.modelmill.worker.evaluate.Evaluation;
import io.modelmill.worker.evaluate.Inference;
import io.modelmill.worker.export.OnnxExport;
import io.modelmill.worker.network.SequentialNetwork;
import io.modelmill.worker.plan.TrainingPlan;
import io.modelmill.worker.train.Objective;
import io.modelmill.worker.train.TorchRuntime;
import io.modelmill.worker.train.Trainer;
import io.modelmill.worker.train.TrainingListener;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;

/** From a CSV file to a checked model. libtorch's generator is global: one run at a time in a process. */
public final class TrainingRun {
    private final TrainingPlan plan;
    private final TrainingListener listener;

    public TrainingRun(TrainingPlan plan, TrainingListener listener) {
        this.plan = plan;
        this.listener = listener;
    }

    /** Reads, splits, trains, measures, exports and checks. */
    @SuppressWarnings("try") // The scope frees what is made while it is open.
    public TrainedModel execute(Path csv) {
        Objective objective = Objective.require(plan.loss());
        Rows rows = new CsvFile(csv).read(plan.data());
        Targets targets = objective.readTargets(rows, plan.data().labelColumn());
        Split split = Split.random(targets, plan.data().testFraction(), plan.seed());
        Normalization normalization = Normalization.fit(plan.data().normalization(), rows, split.training());
        listener.checkStop();
        TorchRuntime.prepare(plan.seed());
        try (PointerScope scope = new PointerScope()) {
            var network = SequentialNetwork.ofRows(plan.layers(), normalization, targets.outputWidth());
            new Trainer(plan, objective, listener).train(network, rows, targets, split.training());
            listener.checkStop();
            float[] heldOut = rows.select(split.heldOut());
            Map<String, Double> metrics = new LinkedHashMap<>(Evaluation.measure(
                    Inference.run(network, heldOut, UnaryOperator.identity()), targets, split.heldOut()));
            byte[] model = OnnxExport.write(network, objective);
            metrics.put("export_max_abs_difference", OnnxExport.check(model, network, objective, heldOut));
            byte[] samples = OnnxExport.samples(network, objective, heldOut);
            return new TrainedModel(
                    model, split.heldOut(), samples, labels(targets), Collections.unmodifiableMap(metrics));
        }
    }

    private static List<String> labels(Targets targets) {
        return switch (targets) {
            case Targets.Classes classes -> classes.labels();
            case Targets.Numbers numbers -> List.of();
        };
    }
}
