package io.modelmill.training.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.TextFormat;
import io.modelmill.trainingspec.job.TrainingSpec;
import io.modelmill.trainingspec.job.TrainingSpecProtoMapper;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SpecCodecTest {
    private static final String COMMON = """
            model: "tenants/acme/models/iris" dataset_version: "tenants/acme/datasets/flowers/versions/1"
            network {
              layers { type: "dense" units: 8 activation: "relu" }
              layers { type: "dropout" rate: 0.5 }
              layers { type: "dense" units: 3 }
            }
            epochs: 2 batch_size: 16 max_duration { seconds: 90 } aliases: "production"
            """;
    private static final String DATA = "label_column: \"species\" feature_columns: \"length\" test_fraction: 0.25";

    @Test
    void keepsSpecs() throws Exception {
        TrainingSpec spec = spec(COMMON, """
                seed: -9223372036854775808
                loss { type: "cross_entropy" class_weights: 1 class_weights: 1e20 }
                optimizer { type: "sgd" learning_rate: 1e-300 momentum: 0.9 nesterov: true }
                schedule { type: "step" every_epochs: 3 } early_stopping { patience: 4 }
                data { split { validation_fraction: 0.1 } text { column: "t" tokens: "word" } }
                """);

        assertThat(SpecCodec.read(SpecCodec.write(spec))).isEqualTo(spec);
        assertThat(SpecCodec.read(SpecCodec.write(spec).replace("1.0E20", "100000000000000000000")))
                .as("as jsonb gives it back")
                .isEqualTo(spec);
        assertThat(SpecCodec.read(SpecCodec.write(spec).replaceFirst("\\{", "{\"fromALaterBuild\": {\"a\": [1]},")))
                .isEqualTo(spec);
    }

    @Test
    void readsSpecsOfEarlierBuilds() throws Exception {
        String layers = """
                {"type": "dense", "settings": {"units": 8, "activation": "relu"}, "layers": []},
                {"type": "dropout", "settings": {"rate": 0.5}, "layers": []},
                {"type": "dense", "settings": {"units": 3}, "layers": []}
                """;
        assertThat(SpecCodec.read(earlier(layers, "cross_entropy", "adam", 0)))
                .isEqualTo(spec(
                        COMMON,
                        "loss { type: \"cross_entropy\" } data { normalization: \"z_score\" " + DATA + " }",
                        "optimizer { type: \"adam\" learning_rate: 0.01 weight_decay: 0.001 } seed: 7"));
        assertThat(SpecCodec.read(earlier(layers, "mean_squared_error", "sgd", 0.9)))
                .isEqualTo(spec(
                        COMMON,
                        "loss { type: \"mean_squared_error\" } data { normalization: \"z_score\" " + DATA + " }",
                        "optimizer { type: \"sgd\" learning_rate: 0.01 momentum: 0.9 weight_decay: 0.001 } seed: 7"));
    }

    @Test
    void readsLayersOfTheEarliestBuilds() throws Exception {
        String layers = """
                {"type": "dense", "units": 8, "activation": "relu", "rate": 0.0},
                {"type": "dropout", "units": 0, "activation": "", "rate": 0.5},
                {"type": "dense", "units": 3, "activation": "", "rate": 0.0}
                """;
        TrainingSpec spec = SpecCodec.read(earlier(layers, "cross_entropy", "adamw", 0));

        assertThat(spec.layers()).isEqualTo(spec(COMMON).layers());
        assertThat(spec.maxDuration()).isEqualTo(Duration.ofSeconds(90));
    }

    private static String earlier(String layers, String loss, String optimizer, double momentum) {
        return """
                {"model": "tenants/acme/models/iris", "datasetVersion": "tenants/acme/datasets/flowers/versions/1",
                 "data": {"labelColumn": "species", "featureColumns": ["length"], "testFraction": 0.25,
                   "normalization": "z_score"},
                 "layers": [LAYERS], "loss": "LOSS",
                 "optimizer": {"type": "OPTIMIZER", "learningRate": 0.01, "momentum": MOMENTUM, "weightDecay": 0.001},
                 "epochs": 2, "batchSize": 16, "seed": 7, "maxDuration": "PT1M30S", "aliases": ["production"]}
                """.replace("LAYERS", layers)
                .replace("LOSS", loss)
                .replace("OPTIMIZER", optimizer)
                .replace("MOMENTUM", Double.toString(momentum));
    }

    private static TrainingSpec spec(String... parts) throws TextFormat.ParseException {
        var message = io.modelmill.proto.training.v1.TrainingSpec.newBuilder();
        TextFormat.merge(String.join("\n", parts), message);
        return TrainingSpecProtoMapper.spec(message.build());
    }
}
