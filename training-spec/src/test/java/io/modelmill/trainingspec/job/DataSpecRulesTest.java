package io.modelmill.trainingspec.job;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DataSpecRulesTest {
    private static final String TEXT = "text { column: \"line\" tokens: \"word\" }";

    @Test
    void refusesAColumnOfTwoUses() {
        assertThat(faults("feature_columns: \"length\" feature_columns: \"species\""))
                .containsExactly("data.feature_columns[1]: \"species\" (expected: a column that is not the label)");
        assertThat(faults("feature_columns: \"day\" split { type: \"time\" column: \"day\" }"))
                .containsExactly("data.feature_columns[0]: \"day\" (expected: a column that is not the split's)");
        assertThat(faults("split { type: \"given\" column: \"species\" }"))
                .containsExactly("data.split.column: \"species\" (expected: a column that is not the label)");
        assertThat(faults("text { column: \"species\" tokens: \"word\" }"))
                .containsExactly("data.text.column: \"species\" (expected: a column that is not the label)");
    }

    @ParameterizedTest
    @CsvSource({"0.9,true", "0.91,false", "-0.2,false", "1e-9,true"})
    void limitsTestFraction(double fraction, boolean sound) {
        assertThat(faults("test_fraction: " + fraction).isEmpty()).isEqualTo(sound);
    }

    @Test
    void limitsValidationFraction() {
        assertThat(faults("split { validation_fraction: 0.51 }"))
                .containsExactly("data.split.validation_fraction: 0.51 (expected: from 0 and at most 0.5)");
        assertThat(faults("split { validation_fraction: nan }"))
                .containsExactly("data.split.validation_fraction: NaN (expected: from 0 and at most 0.5)");
        assertThat(faults("test_fraction: 0.5 split { validation_fraction: 0.5 }"))
                .containsExactly(
                        "data.split.validation_fraction: 0.5 (expected: below 0.5, so that rows are left to train)");
        assertThat(faults("split { type: \"none\" validation_fraction: 0.1 }"))
                .containsExactly("data.split.validation_fraction: 0.1 (expected: 0: the split none holds no rows out)");
    }

    @Test
    void refusesAFractionThatTheSplitDoesNotHave() {
        assertThat(faults("test_fraction: 0.1 split { type: \"given\" }"))
                .containsExactly("data.test_fraction: 0.1 (expected: not set: the split given holds out no fraction)");
        assertThat(faults("test_fraction: 0.1 split { type: \"none\" }"))
                .containsExactly("data.test_fraction: 0.1 (expected: not set: the split none holds out no fraction)");
    }

    @Test
    void wantsTheColumnThatTheSplitNeeds() {
        assertThat(faults("split { type: \"time\" }"))
                .containsExactly("data.split.column: \"\" (expected: the column to order by)");
        assertThat(faults("split { column: \"day\" }"))
                .containsExactly("data.split.column: \"day\" (expected: not set: the split stratified has none)");
        assertThat(faults("split { type: \"given\" }")).isEmpty();
    }

    @Test
    void stratifiesClassesAlone() {
        assertThat(Specs.faults(Specs.classifier("loss { type: \"huber\" } data { split { type: \"stratified\" } }")))
                .containsExactly("data.split.type: \"stratified\""
                        + " (expected: another: only the classes of classification can be stratified)");
    }

    @Test
    void refusesSettingsOfCleaningThatMeanNothing() {
        assertThat(faults("cleaning { constant: 1 outlier_deviations: 3 }"))
                .containsExactly(
                        "data.cleaning.constant: 1.0 (expected: not set: missing is refuse)",
                        "data.cleaning.outlier_deviations: 3.0 (expected: not set: outliers are kept)");
        assertThat(faults("cleaning { missing: \"constant\" constant: inf }"))
                .containsExactly("data.cleaning.constant: Infinity (expected: a finite number)");
        assertThat(faults("cleaning { missing: \"constant\" outliers: \"drop\" outlier_deviations: 3 }"))
                .isEmpty();
    }

    @Test
    void limitsText() {
        assertThat(faults("text { column: \"\" tokens: \"byte\" vocabulary_size: 1 max_length: 65537 window: 2 }"))
                .containsExactly(
                        "data.text.column: \"\" (expected: a column of the data set)",
                        "data.text.tokens: \"byte\" (expected: one of character, word)",
                        "data.text.vocabulary_size: 1 (expected: 2 to 1000000)",
                        "data.text.max_length: 65537 (expected: 1 to 65536)",
                        "data.text.window: 2 (expected: not set: only word_embedding has one)");
        assertThat(faults(TEXT)).isEmpty();
        assertThat(faults(TEXT + "feature_columns: \"line\"")).isEmpty();
    }

    @Test
    void readsNothingBesideText() {
        assertThat(faults(TEXT + "feature_columns: \"a\" feature_columns: \"b\" normalization: \"z_score\""
                        + " categories: \"ordinal\" cleaning { outliers: \"drop\" }"))
                .containsExactly(
                        "data.feature_columns: \"a, b\" (expected: not set: text.column is what is predicted from)",
                        "data.normalization: \"z_score\" (expected: none: tokens are no numbers)",
                        "data.categories: \"ordinal\" (expected: not set: text.column becomes tokens)",
                        "data.cleaning.outliers: \"drop\" (expected: keep: tokens are no numbers)");
    }

    @Test
    void tasksOfTextReadText() {
        String task = "task: \"word_embedding\" loss { type: \"cross_entropy\" }"
                + " network { layers { type: \"embedding\" units: 4 } layers { type: \"dense\" } }";
        assertThat(Specs.faults(Specs.job(task)))
                .containsExactly("data.text: \"not set\" (expected: set: word_embedding reads text)");
        assertThat(Specs.faults(Specs.job(task, "data { " + TEXT + " label_column: \"x\" }")))
                .containsExactly("data.label_column: \"x\" (expected: not set: word_embedding has no labels)");
        assertThat(Specs.faults(Specs.job(task, "data { " + TEXT + " text { vocabulary_size: 65537 window: 101 } }")))
                .containsExactly(
                        "data.text.vocabulary_size: 65537 (expected: 2 to 65536)",
                        "data.text.window: 101 (expected: 1 to 100)");
        assertThat(Specs.faults(Specs.job(
                        Specs.LAYERS, "task: \"autoencoding\" loss { type: \"huber\" } data { " + TEXT + " }")))
                .containsExactly("data.text: \"line\" (expected: not set: autoencoding compares numbers)");
    }

    @Test
    void runningTextIsSplitWhereItStands() {
        String task =
                "task: \"language_modelling\" loss { type: \"cross_entropy\" } network { layers { type: \"embedding\""
                        + " units: 4 } layers { type: \"dense\" } } data { " + TEXT + " }";
        assertThat(Specs.job(task).data().split().type()).isEqualTo("time");
        assertThat(Specs.faults(Specs.job(task))).isEmpty();
        assertThat(Specs.faults(Specs.job(task, "data { split { type: \"time\" column: \"day\" } }")))
                .containsExactly("data.split.column: \"day\" (expected: not set: text is split where it stands)");
    }

    private static java.util.List<String> faults(String data) {
        return Specs.faults(Specs.classifier("data { " + data + " }"));
    }
}
