package io.modelmill.trainingspec.job;

import com.google.protobuf.TextFormat;
import io.modelmill.trainingspec.fault.Fault;
import io.modelmill.trainingspec.fault.Faults;
import java.util.List;

/** Specs from the text form of the API's messages. */
final class Specs {
    private static final String COMMON = """
            model: "tenants/acme/models/iris"
            dataset_version: "tenants/acme/datasets/flowers/versions/1"
            optimizer { type: "adam" learning_rate: 0.01 }
            epochs: 2
            batch_size: 8
            """;
    static final String LAYERS = """
            network {
              layers { type: "dense" units: 8 activation: "relu" }
              layers { type: "dense" }
            }
            """;
    static final String CLASSES = "loss { type: \"cross_entropy\" } data { label_column: \"species\" }\n";

    private Specs() {}

    /** A sound classifier, with its fields as the texts set them. */
    static TrainingSpec classifier(String... changes) {
        return parse(COMMON + LAYERS + CLASSES + String.join("\n", changes));
    }

    /** A sound job but for network, loss and labels. */
    static TrainingSpec job(String... parts) {
        return parse(COMMON + String.join("\n", parts));
    }

    static TrainingSpec parse(String text) {
        return TrainingSpecProtoMapper.spec(message(text));
    }

    static io.modelmill.proto.training.v1.TrainingSpec message(String text) {
        var message = io.modelmill.proto.training.v1.TrainingSpec.newBuilder();
        try {
            TextFormat.merge(text, message);
        } catch (TextFormat.ParseException e) {
            throw new IllegalArgumentException(e);
        }
        return message.build();
    }

    static List<String> faults(TrainingSpec spec) {
        Faults faults = Faults.ofSpec();
        SpecRules.check(spec, faults);
        return faults.found().stream().map(Fault::toString).toList();
    }
}
