package io.modelmill.worker.run;

import io.modelmill.trainingspec.job.TrainingSpec;
import io.modelmill.trainingspec.network.LayerSpec;
import io.modelmill.trainingspec.setting.Choice;
import io.modelmill.worker.model.Model;
import io.modelmill.worker.train.TrainingOutcome;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;

/** What a card tells of a spec, in its words. */
final class CardFacts {
    private CardFacts() {}

    static Map<String, Object> network(TrainingSpec spec, Model model) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("input", model.network().input().toString());
        facts.put("layers", layers(spec.layers()));
        facts.put("output", model.objective().outputName() + " " + model.answerShape());
        facts.put(
                "parameters",
                model.network().parameters().stream().mapToLong(Tensor::numel).sum());
        return facts;
    }

    static Map<String, Object> training(TrainingSpec spec, TrainingOutcome outcome) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("task", spec.task());
        facts.put("split", spec.data().split().type());
        facts.put("normalization", spec.data().normalization());
        facts.put("loss", choice(spec.loss()));
        facts.put("optimizer", choice(spec.optimizer()));
        facts.put("schedule", choice(spec.schedule()));
        facts.put("batch_size", spec.batchSize());
        facts.put("seed", spec.seed());
        facts.put("epochs", outcome.epochs());
        facts.put("steps", outcome.steps());
        spec.earlyStopping().ifPresent(early -> {
            facts.put("early_stopping", "%s, patience %d".formatted(early.metric(), early.patience()));
            facts.put("best_epoch", outcome.chosenEpoch());
        });
        put(facts, "l1", spec.regularization().l1());
        put(facts, "l2", spec.regularization().l2());
        put(facts, "max_gradient_norm", spec.regularization().maxGradientNorm());
        put(facts, "max_gradient_value", spec.regularization().maxGradientValue());
        spec.adversarial().ifPresent(adversarial -> facts.put("adversarial", choice(adversarial)));
        spec.distillation().ifPresent(taught -> facts.put("teacher", taught.teacherVersion()));
        return facts;
    }

    private static void put(Map<String, Object> facts, String name, double value) {
        if (value > 0) {
            facts.put(name, value);
        }
    }

    private static String layers(List<LayerSpec> layers) {
        return layers.stream()
                .map(layer -> layer.type()
                        + (layer.settings().isEmpty() ? "" : " " + new TreeMap<>(layer.settings()))
                        + (layer.layers().isEmpty() ? "" : " (" + layers(layer.layers()) + ")"))
                .collect(Collectors.joining(", "));
    }

    private static String choice(Choice choice) {
        return choice.settings().isEmpty() ? choice.type() : choice.type() + " " + new TreeMap<>(choice.settings());
    }
}
