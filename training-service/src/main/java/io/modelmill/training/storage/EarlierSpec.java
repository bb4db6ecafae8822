package io.modelmill.training.storage;

import com.fasterxml.jackson.databind.JsonNode;
import io.modelmill.trainingspec.job.DataSpec;
import io.modelmill.trainingspec.job.DataSpec.Cleaning;
import io.modelmill.trainingspec.job.DataSpec.Split;
import io.modelmill.trainingspec.job.Task;
import io.modelmill.trainingspec.job.TrainingSpec;
import io.modelmill.trainingspec.job.TrainingSpec.Regularization;
import io.modelmill.trainingspec.network.LayerSpec;
import io.modelmill.trainingspec.setting.Choice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads specs as they were written when a loss was a name and each optimiser had the same three numbers. Classes kept their
 * share on both sides of the split.
 */
public final class EarlierSpec {
    private static final String CLASSES = "cross_entropy";

    private EarlierSpec() {}

    /** The spec, or empty if it was written by a later build. */
    public static Optional<TrainingSpec> read(String json) {
        JsonNode node = Json.read(json, JsonNode.class);
        return node.path("loss").isTextual() ? Optional.of(spec(node)) : Optional.empty();
    }

    private static TrainingSpec spec(JsonNode node) {
        String loss = node.path("loss").asText();
        List<LayerSpec> layers = new ArrayList<>();
        node.path("layers").forEach(layer -> layers.add(Json.read(layer.toString(), LayerSpec.class)));
        return new TrainingSpec(
                node.path("model").asText(),
                node.path("datasetVersion").asText(),
                (loss.equals(CLASSES) ? Task.CLASSIFICATION : Task.REGRESSION).specName(),
                data(node.path("data"), loss.equals(CLASSES) ? Split.STRATIFIED : Split.RANDOM),
                layers,
                Choice.of(loss),
                optimizer(node.path("optimizer")),
                Choice.of("constant"),
                Regularization.NONE,
                Optional.empty(),
                node.path("epochs").asInt(),
                node.path("batchSize").asInt(),
                0,
                node.path("seed").asLong(),
                Duration.parse(node.path("maxDuration").asText()),
                texts(node.path("aliases")),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                "");
    }

    private static DataSpec data(JsonNode node, String split) {
        return new DataSpec(
                node.path("labelColumn").asText(),
                texts(node.path("featureColumns")),
                node.path("testFraction").asDouble(),
                node.path("normalization").asText(),
                new Split(split, 0, ""),
                Cleaning.NONE,
                "one_hot",
                Optional.empty());
    }

    private static Choice optimizer(JsonNode node) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("learning_rate", node.path("learningRate").asDouble());
        // What the optimiser did not have was 0.
        if (node.path("momentum").asDouble() != 0) {
            settings.put("momentum", node.path("momentum").asDouble());
        }
        settings.put("weight_decay", node.path("weightDecay").asDouble());
        return new Choice(node.path("type").asText(), settings);
    }

    private static List<String> texts(JsonNode node) {
        List<String> texts = new ArrayList<>();
        node.forEach(text -> texts.add(text.asText()));
        return texts;
    }
}
