package io.modelmill.trainingspec.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.FieldDescriptor;
import io.modelmill.trainingspec.job.DataSpec.Cleaning;
import io.modelmill.trainingspec.job.DataSpec.Split;
import io.modelmill.trainingspec.job.DataSpec.Text;
import io.modelmill.trainingspec.job.TrainingSpec.Distillation;
import io.modelmill.trainingspec.job.TrainingSpec.EarlyStopping;
import io.modelmill.trainingspec.job.TrainingSpec.Quantization;
import io.modelmill.trainingspec.job.TrainingSpec.Regularization;
import io.modelmill.trainingspec.setting.Choice;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingSpecProtoMapperTest {
    private static final String EVERYTHING = """
            model: "m" dataset_version: "d" task: "word_embedding" epochs: 3 batch_size: 4 checkpoint_steps: 5 seed: -6
            max_duration { seconds: 7 nanos: 8 } aliases: "a" aliases: "b" resume_from: "j"
            data {
              label_column: "l" feature_columns: "f" feature_columns: "g" test_fraction: 0.3 normalization: "z_score"
              split { type: "time" validation_fraction: 0.1 column: "c" }
              cleaning { missing: "constant" constant: -1 duplicates: "drop" outliers: "clip" outlier_deviations: 3 }
              categories: "ordinal"
              text { column: "t" tokens: "word" vocabulary_size: 9 max_length: 10 lowercase: true window: 11 }
            }
            network { layers { type: "dense" units: 12 } }
            loss { type: "cross_entropy" label_smoothing: 0 class_weights: 1 class_weights: 2.5 }
            optimizer { type: "sgd" learning_rate: 0.1 momentum: 0.9 nesterov: true }
            schedule { type: "step" factor: 0.5 every_epochs: 13 warmup_steps: 14 }
            regularization { l1: 0.1 l2: 0.2 max_gradient_norm: 0.3 max_gradient_value: 0.4 }
            early_stopping { patience: 15 min_delta: 0.5 metric: "validation_r2" }
            adversarial { type: "pgd" epsilon: 0.6 steps: 16 }
            distillation { teacher_version: "v" temperature: 3 weight: 0.7 }
            quantization { parent_version: "p" tolerance: 0.8 }
            """;

    @Test
    void keepsAllThatIsSaid() {
        TrainingSpec spec = Specs.parse(EVERYTHING);

        assertThat(spec.data())
                .isEqualTo(new DataSpec(
                        "l",
                        List.of("f", "g"),
                        0.3,
                        "z_score",
                        new Split("time", 0.1, "c"),
                        new Cleaning("constant", -1, "drop", "clip", 3),
                        "ordinal",
                        Optional.of(new Text("t", "word", 9, 10, true, 11))));
        assertThat(spec.loss())
                .isEqualTo(new Choice(
                        "cross_entropy", Map.of("label_smoothing", 0.0, "class_weights", List.of(1.0, 2.5))));
        assertThat(spec.optimizer())
                .isEqualTo(new Choice("sgd", Map.of("learning_rate", 0.1, "momentum", 0.9, "nesterov", true)));
        assertThat(spec.schedule())
                .isEqualTo(new Choice("step", Map.of("factor", 0.5, "every_epochs", 13L, "warmup_steps", 14L)));
        assertThat(spec.regularization()).isEqualTo(new Regularization(0.1, 0.2, 0.3, 0.4));
        assertThat(spec.earlyStopping()).contains(new EarlyStopping(15, 0.5, "validation_r2"));
        assertThat(spec.adversarial()).contains(new Choice("pgd", Map.of("epsilon", 0.6, "steps", 16L)));
        assertThat(spec.distillation()).contains(new Distillation("v", 3, 0.7));
        assertThat(spec.quantization()).contains(new Quantization("p", 0.8));
        assertThat(spec.maxDuration()).isEqualTo(Duration.ofSeconds(7, 8));
        assertThat(spec.aliases()).containsExactly("a", "b");
    }

    @Test
    void writesAllThatItReads() {
        var message = Specs.message(EVERYTHING);

        assertThat(TrainingSpecProtoMapper.message(TrainingSpecProtoMapper.spec(message)))
                .isEqualTo(message);
        assertThat(message.getDescriptorForType().getFields().stream()
                        .filter(field -> !message.getAllFields().containsKey(field))
                        .map(FieldDescriptor::getName))
                .as("fields that this test leaves out")
                .isEmpty();
    }

    @Test
    void fillsInDefaultsThatStayTheSameWhenWritten() {
        TrainingSpec spec = Specs.parse("loss { type: \"cross_entropy\" }");

        assertThat(spec)
                .isEqualTo(new TrainingSpec(
                        "",
                        "",
                        "classification",
                        new DataSpec(
                                "",
                                List.of(),
                                0.2,
                                "none",
                                new Split("stratified", 0, ""),
                                Cleaning.NONE,
                                "one_hot",
                                Optional.empty()),
                        List.of(),
                        Choice.of("cross_entropy"),
                        Choice.of(""),
                        Choice.of("constant"),
                        Regularization.NONE,
                        Optional.empty(),
                        0,
                        0,
                        0,
                        0,
                        Duration.ofHours(1),
                        List.of(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        ""));
        assertThat(TrainingSpecProtoMapper.spec(TrainingSpecProtoMapper.message(spec)))
                .isEqualTo(spec);
    }

    @Test
    void fillsInDefaultsOfPartsThatAreSet() {
        TrainingSpec spec = Specs.parse("""
                task: "word_embedding" data { text { tokens: "word" } cleaning { missing: "mean" } }
                schedule { warmup_steps: 3 } early_stopping { patience: 2 }
                distillation { teacher_version: "v" } quantization { parent_version: "p" }
                """);

        assertThat(spec.data().text()).contains(new Text("", "word", 10_000, 128, false, 4));
        assertThat(spec.data().cleaning()).isEqualTo(new Cleaning("mean", 0, "keep", "keep", 4));
        assertThat(spec.schedule()).isEqualTo(new Choice("constant", Map.of("warmup_steps", 3L)));
        assertThat(spec.earlyStopping()).contains(new EarlyStopping(2, 0, "validation_loss"));
        assertThat(spec.distillation()).contains(new Distillation("v", 2, 0.5));
        assertThat(spec.quantization()).contains(new Quantization("p", 0.01));
        assertThat(Specs.parse("task: \"classification\" data { text { tokens: \"word\" } }")
                        .data()
                        .text())
                .as("no window but for word embeddings")
                .contains(new Text("", "word", 10_000, 128, false, 0));
    }

    @ParameterizedTest
    @CsvSource({
        "cross_entropy, classification, stratified",
        "binary_cross_entropy, classification, stratified",
        "mean_squared_error, regression, random",
        "mean_absolute_error, regression, random",
        "huber, regression, random",
        "hinge, '', random"
    })
    void taskAndSplitFollowFromTheLoss(String loss, String task, String split) {
        TrainingSpec spec = Specs.parse("loss { type: \"" + loss + "\" }");

        assertThat(spec.task()).isEqualTo(task);
        assertThat(spec.data().split().type()).isEqualTo(split);
    }

    @ParameterizedTest
    @CsvSource({"none, 0", "given, 0", "time, 0.2"})
    void holdsOutNoFractionWhereTheSplitHasNone(String split, double fraction) {
        assertThat(Specs.parse("data { split { type: \"" + split + "\" } }")
                        .data()
                        .testFraction())
                .isEqualTo(fraction);
    }
}
