package io.modelmill.trainingspec.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.modelmill.proto.training.v1.Layer;
import io.modelmill.proto.training.v1.TrainingSpec;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrialSpecProtoMapperTest {
    private static final TrainingSpec COMMON = common();

    @Test
    void putsValuesOfEveryKindInTheirPlaces() {
        TrainingSpec trial = TrialSpecProtoMapper.apply(
                COMMON,
                new Configuration(Map.of(
                        "optimizer.learning_rate", new Scalar.Number(0.5),
                        "optimizer.type", new Scalar.Text("sgd"),
                        "optimizer.nesterov", new Scalar.Flag(true),
                        "network.layers[1].units", new Scalar.Number(32),
                        "seed", new Scalar.Number(7),
                        "regularization.l2", new Scalar.Number(1))));
        assertThat(trial.getOptimizer().getLearningRate()).isEqualTo(0.5);
        assertThat(trial.getOptimizer().getType()).isEqualTo("sgd");
        assertThat(trial.getOptimizer().getNesterov()).isTrue();
        assertThat(trial.getNetwork().getLayers(1).getUnits()).isEqualTo(32);
        assertThat(trial.getNetwork().getLayers(0))
                .isEqualTo(COMMON.getNetwork().getLayers(0));
        assertThat(trial.getSeed()).isEqualTo(7);
        assertThat(trial.getRegularization().getL2()).isEqualTo(1);
        assertThat(trial.getEpochs()).isEqualTo(COMMON.getEpochs());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            optimiser.type          | a field of a TrainingSpec that trials may differ in
            optimizer.learningRate  | a field of a TrainingSpec that trials may differ in
            ''                      | a field of a TrainingSpec that trials may differ in
            optimizer..type         | a field of a TrainingSpec that trials may differ in
            model                   | a field of a TrainingSpec that trials may differ in
            aliases[0]              | a field of a TrainingSpec that trials may differ in
            resume_from             | a field of a TrainingSpec that trials may differ in
            optimizer               | a field with a value, and optimizer has fields
            epochs.more             | no field below epochs
            network.layers.units    | layers[0] to [1], for it is a list
            network.layers[2].units | an index below 2, as the spec has layers
            epochs[0]               | epochs without an index, for it is no list
            """)
    void refusesPathsThatLeadNowhere(String path, String expected) {
        assertThatExceptionOfType(MisfitException.class)
                .isThrownBy(
                        () -> TrialSpecProtoMapper.apply(COMMON, new Configuration(Map.of(path, new Scalar.Number(1)))))
                .satisfies(misfit -> {
                    assertThat(misfit.path()).isEqualTo(path);
                    assertThat(misfit.offending()).isEqualTo("1");
                    assertThat(misfit.expected()).isEqualTo(expected);
                });
    }

    @Test
    void refusesValuesOfAnotherKind() {
        assertMisfit("epochs", new Scalar.Number(1.5), "epochs: 1.5 (expected: a whole number)");
        assertMisfit("epochs", new Scalar.Number(3e9), "epochs: 3000000000 (expected: a whole number)");
        assertMisfit("epochs", new Scalar.Text("many"), "epochs: many (expected: a number)");
        assertMisfit("seed", new Scalar.Number(1e300), "seed: 1.0E300 (expected: a whole number)");
        assertMisfit(
                "optimizer.learning_rate",
                new Scalar.Number(Double.NaN),
                "optimizer.learning_rate: NaN (expected: a number)");
        assertMisfit("optimizer.type", new Scalar.Number(1), "optimizer.type: 1 (expected: a text)");
        assertMisfit("optimizer.nesterov", new Scalar.Text("yes"), "optimizer.nesterov: yes (expected: true or false)");
    }

    private static void assertMisfit(String path, Scalar value, String message) {
        assertThatExceptionOfType(MisfitException.class)
                .isThrownBy(() -> TrialSpecProtoMapper.apply(COMMON, new Configuration(Map.of(path, value))))
                .withMessage(message);
    }

    private static TrainingSpec common() {
        TrainingSpec.Builder common = TrainingSpec.newBuilder()
                .setModel("tenants/acme/models/flowers")
                .setEpochs(9);
        common.getNetworkBuilder()
                .addLayers(Layer.newBuilder().setType("dropout").setRate(0.1))
                .addLayers(Layer.newBuilder().setType("dense").setUnits(16));
        common.getOptimizerBuilder().setType("adam").setLearningRate(0.01);
        return common.build();
    }
}
