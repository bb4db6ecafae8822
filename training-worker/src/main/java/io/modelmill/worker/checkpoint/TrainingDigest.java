package io.modelmill.worker.checkpoint;

import io.modelmill.trainingspec.job.TrainingSpec;
import io.modelmill.trainingspec.network.LayerSpec;
import io.modelmill.trainingspec.optimization.Schedules;
import io.modelmill.trainingspec.setting.Choice;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A digest of all that the steps of a training depend on beside its state: of the spec what says how to train, and the data's
 * files. Where the model goes, how long the job may take, how often states are kept and how many epochs there are in all do not
 * matter, the epochs unless a cosine is spread over them.
 */
public final class TrainingDigest {
    private TrainingDigest() {}

    /**
     * The digest.
     *
     * @param files SHA-256 of each of the data's files, in their order
     * @return 64 lower-case hexadecimal digits
     */
    public static String of(TrainingSpec spec, List<String> files) {
        String text = List.of(
                        spec.task(),
                        spec.data(),
                        layers(spec.layers()),
                        choice(spec.loss()),
                        choice(spec.optimizer()),
                        choice(spec.schedule()),
                        spec.schedule().type().equals(Schedules.COSINE.name()) ? spec.epochs() : "",
                        spec.regularization(),
                        spec.earlyStopping(),
                        spec.batchSize(),
                        spec.seed(),
                        optional(spec.adversarial()),
                        spec.distillation(),
                        files)
                .toString();
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static String layers(List<LayerSpec> layers) {
        return layers.stream()
                .map(layer -> layer.type() + sorted(layer.settings()) + layers(layer.layers()))
                .collect(Collectors.joining(", ", "[", "]"));
    }

    private static String optional(Optional<Choice> choice) {
        return choice.map(TrainingDigest::choice).orElse("");
    }

    private static String choice(Choice choice) {
        return choice.type() + sorted(choice.settings());
    }

    /** Maps that cannot change have another order in each process. */
    private static String sorted(Map<String, Object> settings) {
        return new TreeMap<>(settings).toString();
    }
}
